package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// join enrols the desk. It may be interrupted and run again.
func join(ctx context.Context, args []string, io streams) (err error) {
	var s settings
	var codeFile, soPINFile string
	var initToken bool
	err = s.parse("join", args, io, func(flags *flag.FlagSet) {
		flags.StringVar(&codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
		flags.BoolVar(&initToken, "init-token", false, "make the token if it is missing")
		flags.StringVar(&soPINFile, "so-pin-file", "", "`file` with the security officer's PIN, for --init-token")
	})
	if err != nil {
		return err
	}
	if s.authority == "" || codeFile == "" || initToken && soPINFile == "" {
		return fmt.Errorf("%w: join needs --authority and --code-file, and --so-pin-file with --init-token", errUsage)
	}
	code, err := os.ReadFile(codeFile)
	if err != nil {
		return fmt.Errorf("read enrolment code: %w", err)
	}
	if initToken {
		err := secureunit.Initialise(s.secureUnit(), secureunit.PINFile(soPINFile))
		if err != nil && !errors.Is(err, secureunit.ErrTokenExists) {
			return err
		}
	}
	d, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	c, err := enrolment.Enrol(ctx, d.unit, enrolment.Options{
		AuthorityURL: s.authority, Code: string(code), Role: protocol.RoleDesk, Log: d.log,
	})
	if err != nil {
		d.log.WarnContext(ctx, "desk not enrolled", "reason", err.Error())
		return err
	}
	d.log.InfoContext(ctx, "desk enrolled", "subject", c.Subject, "authority", c.Anchor.Authority, "expires", c.Claims.Expires.Time())
	fmt.Fprintf(io.err, "This desk is now %s of %s, until %s.\n", c.Subject, c.Anchor.Authority, c.Claims.Expires.Time().Local().Format("2 January 2006"))
	return json.NewEncoder(io.out).Encode(map[string]any{"enrolled": c.Subject, "authority": c.Anchor.Authority, "expires": c.Claims.Expires.Time()})
}
