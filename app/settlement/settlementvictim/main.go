// Command settlementvictim is settlement to be killed: the real service, settle and ledger
// over mutual TLS, with software keys in place of the token, named fail points
// and a network that misbehaves. The chaos harness (app/chaos) starts it; nobody
// else should.
//
//	settlementvictim serve --world FILE --listen ADDR (--data DIR | --postgres URL) [--acquirer ADDR] [--faults SHARE --seed N] [--break GUARD]
//	settlementvictim postgres --data DIR
//	settlementvictim acquirer --world FILE [--faults SHARE --seed N]
//
// It is ordered about over standard input (package victim in app/program). Its
// own order is "books": prove the ledger and say what is in it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"countersign/app/program/victim"
)

func main() { victim.Main(run) }

func run(ctx context.Context, args []string, talk *victim.Talk) error {
	if len(args) == 0 {
		return errors.New("victim serve, victim postgres or victim acquirer")
	}
	switch args[0] {
	case "serve":
		var o options
		flags := flag.NewFlagSet("victim serve", flag.ContinueOnError)
		flags.StringVar(&o.world, "world", "", "`file` with everybody's papers")
		flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`address` to answer at")
		flags.StringVar(&o.data, "data", "", "`directory` of the embedded ledger")
		flags.StringVar(&o.postgres, "postgres", "", "`URL` of the ledger in PostgreSQL")
		flags.StringVar(&o.acquirer, "acquirer", "", "`address` of the acquirer that cards go through")
		flags.Float64Var(&o.faults, "faults", 0, "`share` of messages that something happens to")
		flags.Uint64Var(&o.seed, "seed", 1, "`number` that the faults come from")
		flags.StringVar(&o.broken, "break", "", "`guard` to take away: "+guards())
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return serve(ctx, o, talk)
	case "acquirer":
		flags := flag.NewFlagSet("victim acquirer", flag.ContinueOnError)
		world := flags.String("world", "", "`file` with everybody's papers")
		faults := flags.Float64("faults", 0, "`share` of messages that something happens to")
		seed := flags.Uint64("seed", 1, "`number` that the faults come from")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return bank(ctx, *world, *faults, *seed, talk)
	case "postgres":
		flags := flag.NewFlagSet("victim postgres", flag.ContinueOnError)
		data := flags.String("data", "", "`directory` for the cluster")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return database(ctx, *data, talk)
	}
	return fmt.Errorf("no command %q", args[0])
}
