package main

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/program/victim"
	"countersign/app/settlement/ledger/postgrestest"
)

// database runs a PostgreSQL server with its data in a directory that may lose
// power. It says the URL and, at each start, that it is ready. Orders: "restart"
// after its processes were killed, "stop".
func database(ctx context.Context, data string, talk *victim.Talk) (err error) {
	server, err := postgrestest.Start(ctx, postgrestest.Options{Data: data})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := server.Create(ctx, "ledger"); err != nil {
		return err
	}
	ready := victim.Word{Say: victim.Ready, Address: server.URL("ledger")}
	talk.Say(ready)
	return talk.Orders(victim.NewPoints(talk), func(o victim.Order) error {
		if o.Do != "restart" {
			return fmt.Errorf("no order %q", o.Do)
		}
		if err := server.Restart(ctx); err != nil {
			return err
		}
		talk.Say(ready)
		return nil
	})
}
