// Command walletvictim is a wallet to be killed: the client application without a
// window, the real hardware environment, and a trusted application made of the real
// packages, each a process of its own as claim 1 of CN103942678A has them. The card's
// key, the key of its file and the owner's PIN lie in a SoftHSM token; the wallet's
// papers come from a made-up realm (package virtualrealm). The trusted screen is
// somebody who answers as told, and the radio a card before a virtual reader, which can be cut
// at any APDU. The chaos harness (app/chaos) starts it; nobody else should.
//
//	walletvictim client --world FILE --shop N --settlement URL --data DIR --radio ADDRESS --environment PROGRAM --orders SOCKET
//	walletvictim trusted --world FILE --shop N --settlement URL --data DIR --orders SOCKET
//
// The client is ordered about over standard input (package victim in app/program),
// the trusted application over the socket, to which it connects. The client's own orders
// are "apply", "load", "refresh", "card", "enter", "leave", "hold" and "release"; the
// trusted application's is "owner".
//
// The trusted application is not confined here: package confinement has tests of its
// own, and a confined process cannot end itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"countersign/app/program/victim"
)

// options are both parts' flags.
type options struct {
	world, settlement, data, radio, environment, orders string
	shop                                                int
}

func main() { victim.Main(run) }

func run(ctx context.Context, args []string, talk *victim.Talk) error {
	if len(args) == 0 {
		return errors.New("walletvictim client or walletvictim trusted")
	}
	var o options
	flags := flag.NewFlagSet("walletvictim "+args[0], flag.ContinueOnError)
	flags.StringVar(&o.world, "world", "", "`file` with everybody's papers")
	flags.IntVar(&o.shop, "shop", 0, "the shop whose customer's wallet this is, from 0")
	flags.StringVar(&o.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&o.data, "data", "", "`directory` of token, purse and record")
	flags.StringVar(&o.orders, "orders", "", "`socket` that the trusted application's orders come from")
	if args[0] == "client" {
		flags.StringVar(&o.radio, "radio", "", "`address` of the virtual reader")
		flags.StringVar(&o.environment, "environment", "", "the hardware environment's `program`")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "client":
		return client(ctx, o, talk)
	case "trusted":
		return serve(ctx, o)
	}
	return fmt.Errorf("no command %q", args[0])
}
