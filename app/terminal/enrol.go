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

// enrol is step 1 for a terminal (claim 3 steps a to d). It may be interrupted
// and run again.
func enrol(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	var token program.NewToken
	var given enrolmentCode
	err = s.parse("enrol", args, errOut, s.common, func(flags *flag.FlagSet) {
		given.register(flags)
		token.Register(flags)
	})
	if err != nil {
		return err
	}
	if s.authority == "" || s.PINFile == "" {
		return program.Usagef("enrol needs --authority and --pin-file")
	}
	if err := token.Check(); err != nil {
		return err
	}
	code, err := given.read()
	if err != nil {
		return err
	}
	if err := s.MakeData(); err != nil {
		return err
	}
	log, closeLog, err := s.OpenLog(errOut)
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
	c, err := enrolment.Enrol(ctx, enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS), enrolment.Options{
		AuthorityURL: s.authority, Code: code, Role: protocol.RoleTerminal, Log: log,
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"enrolled": c.Subject, "authority": c.Anchor.Authority, "expires": c.Claims.Expires.Time(),
	})
}

// enrolmentCode is where enrol has its code from. Unlike a PIN it may stand on the
// command line, for installations that nobody attends: it serves one device once.
type enrolmentCode struct{ text, file string }

func (c *enrolmentCode) register(flags *flag.FlagSet) {
	flags.StringVar(&c.text, "code", "", "the enrolment `code` itself, CS1E:…, which serves once")
	flags.StringVar(&c.file, "code-file", "", "`file` with the enrolment code, CS1E:…")
}

func (c *enrolmentCode) read() (string, error) {
	if (c.text == "") == (c.file == "") {
		return "", program.Usagef("enrol needs either --code or --code-file")
	}
	if c.text != "" {
		return c.text, nil
	}
	text, err := os.ReadFile(c.file)
	if err != nil {
		return "", fmt.Errorf("read enrolment code: %w", err)
	}
	return string(text), nil
}
