package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// enrol enrols the phone (step 1). It may be interrupted and run again.
func enrol(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	var codeFile, soPINFile string
	var initToken, byHash bool
	err = s.parse("enrol", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&codeFile, "code-file", "", "`file` with the enrolment code, CS1E:…")
		flags.BoolVar(&byHash, "by-hash", false, "keep the owner's sealed template at settlement, for a smaller payment code")
		flags.BoolVar(&initToken, "init-token", false, "make the token if it is missing")
		flags.StringVar(&soPINFile, "so-pin-file", "", "`file` with the security officer's PIN, for --init-token")
	})
	if err != nil {
		return err
	}
	if s.authority == "" || codeFile == "" || initToken && soPINFile == "" {
		return fmt.Errorf("%w: enrol needs --authority and --code-file, and --so-pin-file with --init-token", errUsage)
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
	if initToken {
		err := secureunit.Initialise(s.secureUnit(), secureunit.PINFile(soPINFile))
		if err != nil && !errors.Is(err, secureunit.ErrTokenExists) {
			return err
		}
	}
	unit, err := secureunit.Open(ctx, s.secureUnit())
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
			return fmt.Errorf("%w: --settlement: %w", errUsage, err)
		}
		defer client.Close()
		if err := deliverDeposit(ctx, over(unit), client, log); err != nil {
			log.WarnContext(ctx, "sealed template not handed to settlement yet", "error", err.Error()) // run and account add do it
		}
	}
	return json.NewEncoder(out).Encode(map[string]any{"enrolled": c.Subject, "authority": c.Anchor.Authority, "expires": c.Claims.Expires.Time()})
}
