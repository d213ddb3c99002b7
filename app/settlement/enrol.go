package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// over is the token as enrolment sees it.
func over(unit *secureunit.Unit) enrolment.Unit {
	return enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
}

// enrol has the authority certify this server (step 1, claim 3). It may be
// interrupted and run again.
func enrol(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	flags := program.NewFlags("settlement enrol", stderr)
	s.register(flags)
	codeFile := flags.String("code-file", "", "`file` with the enrolment code, CS1E:…")
	hosts := flags.String("host", "127.0.0.1,localhost", "`names` at which devices reach this server, comma-separated")
	var token program.NewToken
	token.Register(flags)
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if s.authority == "" || *codeFile == "" {
		return program.Usagef("enrol needs --authority and --code-file")
	}
	if err := token.Check(); err != nil {
		return err
	}
	code, err := os.ReadFile(*codeFile)
	if err != nil {
		return fmt.Errorf("read enrolment code: %w", err)
	}
	log, closeLog, err := s.OpenLog(stderr)
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
	credentials, err := enrolment.Enrol(ctx, over(unit), enrolment.Options{
		AuthorityURL: s.authority, Code: strings.TrimSpace(string(code)), Role: protocol.RoleSettlement, Hosts: program.List(*hosts), Log: log,
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]string{
		"settlement": string(credentials.Subject), "authority": string(credentials.Anchor.Authority),
		"expires": credentials.Claims.Expires.Time().Format(time.RFC3339),
	})
}
