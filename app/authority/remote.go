package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"countersign/app/authority/admin"
	"countersign/app/program"
)

// code has the running server give out an enrolment code.
func code(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority code", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	role := flags.String("role", "", "terminal, wallet, settlement or desk")
	subject := flags.String("subject", "", "the device's `name`, such as T-0001")
	name := flags.String("name", "", "what phones show of a shop")
	hosts := flags.String("host", "", "hosts in the TLS certificate of a server, comma-separated")
	noPrint := flags.Bool("no-print", false, "the wallet's owner has no readable print")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if *data == "" || *role == "" || *subject == "" {
		return program.Usagef("code needs --data, --role and --subject")
	}
	given, err := admin.NewClient(*data).NewCode(ctx, admin.NewCode{
		Role: *role, Subject: *subject, Name: *name, Hosts: program.List(*hosts), NoPrint: *noPrint,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, given.Code)
	return err
}

// revoke has the running server take back a device's certificates.
func revoke(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority revoke", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	subject := flags.String("subject", "", "the device's `name`")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if *data == "" || *subject == "" {
		return program.Usagef("revoke needs --data and --subject")
	}
	if err := admin.NewClient(*data).Revoke(ctx, *subject); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]string{"revoked": *subject})
}

// devices lists the certified devices.
func devices(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority devices", stderr)
	data := flags.String("data", "", "data `directory` of the running server")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if *data == "" {
		return program.Usagef("devices needs --data")
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
