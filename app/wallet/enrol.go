package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"countersign/app/program"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// enrol enrols the phone (step 1). It may be interrupted and run again.
func enrol(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	var token program.NewToken
	var codeFile string
	var byHash bool
	err = s.parse("enrol", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
		flags.BoolVar(&byHash, "by-hash", false, "keep the owner's sealed template at settlement, for a smaller payment code")
		token.Register(flags)
	})
	if err != nil {
		return err
	}
	if s.authority == "" || codeFile == "" {
		return program.Usagef("enrol needs --authority and --code-file")
	}
	if err := token.Check(); err != nil {
		return err
	}
	code, err := os.ReadFile(codeFile)
	if err != nil {
		return fmt.Errorf("read enrolment code: %w", err)
	}
	log, closeLog, err := s.logger(errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if err := token.Initialise(s.SecureUnit()); err != nil {
		return err
	}
	unit, err := secureunit.Open(ctx, s.SecureUnit())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unit.Close()) }()
	c, err := enrolment.Enrol(ctx, over(unit), enrolment.Options{
		AuthorityURL: s.authority, Code: string(code), Role: protocol.RoleWallet, ByHash: byHash, Log: log,
	})
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "wallet enrolled", "subject", string(c.Subject), "authority", string(c.Anchor.Authority), "expires", c.Claims.Expires.Time())
	if s.settlement != "" {
		client, err := newClient(s.settlement, enrolment.NewMaintainer(over(unit), c, enrolment.Options{AuthorityURL: s.authority, Log: log}))
		if err != nil {
			return program.Usagef("--settlement: %w", err)
		}
		defer client.Close()
		if err := deliverDeposit(ctx, over(unit), client, log); err != nil {
			log.WarnContext(ctx, "sealed template not handed to settlement yet", "error", err.Error()) // run and account add do it
		}
	}
	return json.NewEncoder(out).Encode(map[string]any{"enrolled": c.Subject, "authority": c.Anchor.Authority, "expires": c.Claims.Expires.Time()})
}
