package main

import (
	"context"
	"io"

	"countersign/app/authority/admin"
	"countersign/app/program"
)

// erase has the running server erase the template of a wallet's owner.
func erase(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority erase", stderr)
	wallet := flags.String("wallet", "", "the wallet's `name`, such as W-0001")
	officer := flags.String("officer", "", "`name` or staff number of who does it; it is kept")
	reason := flags.String("reason", "", "what the owner asked for, and how (`text`); it is kept")
	client, err := remote(flags, args, "wallet", "officer", "reason")
	if err != nil {
		return err
	}
	done, err := client.Erase(ctx, admin.NewErasure{Wallet: *wallet, Officer: *officer, Reason: *reason})
	return list(stdout, done, err)
}

// erasures lists what was erased.
func erasures(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority erasures", stderr)
	client, err := remote(flags, args)
	if err != nil {
		return err
	}
	all, err := client.Erasures(ctx)
	return list(stdout, all, err)
}
