// Command terminalvictim is many terminals to be killed: for each the real till, journal
// and settlement client, with a secure unit, camera, finger reader and customer
// that are made up. No window, no driver, no token. The chaos harness (app/chaos)
// starts it; nobody else should.
//
//	terminalvictim --world FILE --settlement URL --data DIR --from N --to N [--scale N] [--every DURATION] [--seed N] [--break GUARD]
//	terminalvictim --world FILE --settlement URL --data DIR --from N --to N --reader NAME [--token DIR]
//
// It is ordered about over standard input (package victim in app/program). Its
// own orders are "sell" and "pause", "state", "journals" and "measures". With a
// contactless reader it is one terminal, whose cashier is ordered about as well ("begin", "cancel",
// "dismiss") and which tells what it shows and what is in the reader's field.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/journal"
	"countersign/settlementclient"
)

type options struct {
	world, settlement, data, broken, reader, token string
	from, to, scale, refunds                       int
	gated                                          bool
	every                                          time.Duration
	seed                                           uint64
}

func main() { victim.Main(run) }

func run(ctx context.Context, args []string, talk *victim.Talk) (err error) {
	var o options
	flags := flag.NewFlagSet("victim", flag.ContinueOnError)
	flags.StringVar(&o.world, "world", "", "`file` with everybody's papers")
	flags.StringVar(&o.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&o.data, "data", "", "`directory` of the journals")
	flags.IntVar(&o.from, "from", 0, "the first shop, from 0")
	flags.IntVar(&o.to, "to", 1, "the shop after the last")
	flags.IntVar(&o.scale, "scale", 20, "by how much times are shortened")
	flags.DurationVar(&o.every, "every", 0, "time between two sales of a till, about")
	flags.IntVar(&o.refunds, "refunds", 0, "one refund after as many sales, about; 0 for none")
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that people's behaviour comes from")
	flags.StringVar(&o.broken, "break", "", "`guard` to take away: "+guards())
	flags.StringVar(&o.reader, "reader", "", "`name` of the contactless reader, where sales are by tap")
	flags.BoolVar(&o.gated, "gated", false, "tell of a phone that was found, and tap only at the order go")
	flags.StringVar(&o.token, "token", "", "`directory` of the token with the terminal's keys; without it they are in its papers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	world, err := virtualrealm.Read(o.world)
	if err != nil {
		return err
	}
	if o.from < 0 || o.to > len(world.Shops) || o.from >= o.to {
		return errors.New("no such shops")
	}
	if o.reader != "" {
		return tap(ctx, o, world.Shops[o.from], talk)
	}
	points := victim.NewPoints(talk)
	street := &street{options: o, talk: talk, points: points}
	defer func() { err = errors.Join(err, street.close()) }()
	for n := o.from; n < o.to; n++ {
		c, err := openCounter(ctx, street, n, world.Shops[n])
		if err != nil {
			return fmt.Errorf("shop %d: %w", n, err)
		}
		street.counters = append(street.counters, c)
	}
	talk.Say(victim.Word{Say: victim.Ready, Points: append(journal.FailPoints(), settlementclient.FailPoints()...)})
	return talk.Orders(points, func(order victim.Order) error { return street.obey(ctx, talk, order) })
}
