package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"countersign/app/authority/admin"
)

// code has the running server give out an enrolment code.
func code(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("code", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	role := flags.String("role", "", "terminal, wallet, settlement or desk")
	subject := flags.String("subject", "", "the device's `name`, such as T-0001")
	name := flags.String("name", "", "what phones show of a shop")
	hosts := flags.String("host", "", "hosts in the TLS certificate of a server, comma-separated")
	noPrint := flags.Bool("no-print", false, "the wallet's owner has no readable print")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *data == "" || *role == "" || *subject == "" {
		return fmt.Errorf("%w: code needs --data, --role and --subject", errUsage)
	}
	given, err := admin.NewClient(*data).NewCode(ctx, admin.NewCode{
		Role: *role, Subject: *subject, Name: *name, Hosts: list(*hosts), NoPrint: *noPrint,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, given.Code)
	return err
}

// revoke has the running server take back a device's certificates.
func revoke(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("revoke", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	subject := flags.String("subject", "", "the device's `name`")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *data == "" || *subject == "" {
		return fmt.Errorf("%w: revoke needs --data and --subject", errUsage)
	}
	if err := admin.NewClient(*data).Revoke(ctx, *subject); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]string{"revoked": *subject})
}

// devices lists the certified devices.
func devices(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := newFlags("devices", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *data == "" {
		return fmt.Errorf("%w: devices needs --data", errUsage)
	}
	all, err := admin.NewClient(*data).Devices(ctx)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, d := range all {
		if err := lines.Encode(d); err != nil {
			return err
		}
	}
	return nil
}
