package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"countersign/app/authority/admin"
	"countersign/app/program"
)

// remote parses the flags of a command that the running server carries out. All
// of need must be given.
func remote(flags *flag.FlagSet, args []string, need ...string) (client admin.Client, err error) {
	data := flags.String("data", "", "data `directory` of the running server")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return client, err
	}
	if err := program.Need(flags, append([]string{"data"}, need...)...); err != nil {
		return client, err
	}
	return admin.NewClient(*data), nil
}

// list prints each as one JSON object on a line.
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

// code has the running server give out an enrolment code.
func code(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority code", stderr)
	role := flags.String("role", "", "terminal, wallet, settlement or desk")
	subject := flags.String("subject", "", "the device's `name`, such as T-0001")
	name := flags.String("name", "", "what phones show of a shop")
	hosts := flags.String("host", "", "hosts in the TLS certificate of a server, comma-separated")
	noPrint := flags.Bool("no-print", false, "the wallet's owner has no readable print")
	client, err := remote(flags, args, "role", "subject")
	if err != nil {
		return err
	}
	given, err := client.NewCode(ctx, admin.NewCode{
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
	subject := flags.String("subject", "", "the device's `name`")
	client, err := remote(flags, args, "subject")
	if err != nil {
		return err
	}
	if err := client.Revoke(ctx, *subject); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]string{"revoked": *subject})
}

// devices lists the certified devices.
func devices(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority devices", stderr)
	client, err := remote(flags, args)
	if err != nil {
		return err
	}
	all, err := client.Devices(ctx)
	return list(stdout, all, err)
}
