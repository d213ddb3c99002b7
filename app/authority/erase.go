package main

import (
	"context"
	"encoding/json"
	"io"

	"countersign/app/authority/admin"
	"countersign/app/program"
)

// erase has the running server erase the template of a wallet's owner.
func erase(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority erase", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	wallet := flags.String("wallet", "", "the wallet's `name`, such as W-0001")
	officer := flags.String("officer", "", "`name` or staff number of who does it; it is kept")
	reason := flags.String("reason", "", "what the owner asked for, and how (`text`); it is kept")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if *data == "" || *wallet == "" || *officer == "" || *reason == "" {
		return program.Usagef("erase needs --data, --wallet, --officer and --reason")
	}
	done, err := admin.NewClient(*data).Erase(ctx, admin.NewErasure{Wallet: *wallet, Officer: *officer, Reason: *reason})
	return list(stdout, done, err)
}

// erasures lists what was erased.
func erasures(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority erasures", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if *data == "" {
		return program.Usagef("erasures needs --data")
	}
	all, err := admin.NewClient(*data).Erasures(ctx)
	return list(stdout, all, err)
}

func list[T any](stdout io.Writer, all []T, err error) error {
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, one := range all {
		if err := lines.Encode(one); err != nil {
			return err
		}
	}
	return nil
}
