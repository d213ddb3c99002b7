package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"countersign/app/program"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// join enrols the desk. It may be interrupted and run again.
func join(ctx context.Context, args []string, io streams) (err error) {
	var s settings
	var token program.NewToken
	var codeFile string
	err = s.parse("join", args, io, func(flags *flag.FlagSet) {
		flags.StringVar(&codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
		token.Register(flags)
	})
	if err != nil {
		return err
	}
	if s.authority == "" || codeFile == "" {
		return program.Usagef("join needs --authority and --code-file")
	}
	if err := token.Check(); err != nil {
		return err
	}
	code, err := os.ReadFile(codeFile)
	if err != nil {
		return fmt.Errorf("read enrolment code: %w", err)
	}
	if err := token.Initialise(s.SecureUnit()); err != nil {
		return err
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
