package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"

	"countersign/app/program"
	"countersign/protocol"
)

// ordering are the flags of an order.
type ordering struct{ wallet, officer, reason string }

func (o *ordering) register(flags *flag.FlagSet) {
	flags.StringVar(&o.wallet, "wallet", "", "the wallet's `name`, such as W-0001")
	flags.StringVar(&o.officer, "officer", whoever(), "`name` or staff number of who is at the desk; it is kept")
	flags.StringVar(&o.reason, "reason", "", "why (`text`); it is signed and kept")
}

// order has the authority carry something out.
func (s *settings) order(ctx context.Context, o ordering, kind protocol.OrderKind) (code string, err error) {
	if o.wallet == "" || o.reason == "" {
		return "", program.Usagef("--wallet and --reason are needed")
	}
	d, err := s.open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	at := &office{desk: d, authority: s.authority}
	return at.Order(ctx, kind, protocol.ID(o.wallet), o.officer, o.reason)
}

// erase has the template of a wallet's owner erased, on the owner's request.
func erase(ctx context.Context, args []string, io streams) error {
	var s settings
	var o ordering
	if err := s.parse("erase", args, io, o.register); err != nil {
		return err
	}
	if _, err := s.order(ctx, o, protocol.OrderErase); err != nil {
		return err
	}
	return json.NewEncoder(io.out).Encode(map[string]string{"erased": o.wallet})
}

// noPrint states that a wallet's owner has no readable print, and prints the
// wallet's enrolment code.
func noPrint(ctx context.Context, args []string, io streams) error {
	var s settings
	var o ordering
	var codeOut string
	err := s.parse("no-print", args, io, func(flags *flag.FlagSet) {
		o.register(flags)
		registerCodeOut(flags, &codeOut)
	})
	if err != nil {
		return err
	}
	code, err := s.order(ctx, o, protocol.OrderNoPrint)
	if err != nil {
		return err
	}
	return handOver(io, o.wallet, code, codeOut)
}
