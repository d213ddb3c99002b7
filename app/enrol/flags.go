package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"countersign/devices/secureunit"
	"countersign/settlementclient/enrolment"
)

// settings are the flags that both commands have.
type settings struct {
	data, token, pinFile, module, log, authority string
}

func (s *settings) parse(name string, args []string, io streams, more func(*flag.FlagSet)) error {
	flags := flag.NewFlagSet("enrol "+name, flag.ContinueOnError)
	flags.SetOutput(io.err)
	flags.StringVar(&s.data, "data", "", "data `directory`, made if missing; the log is kept there")
	flags.StringVar(&s.token, "token", "desk", "`label` of the PKCS#11 token")
	flags.StringVar(&s.pinFile, "pin-file", "", "`file` with the token's PIN")
	flags.StringVar(&s.module, "module", "", "PKCS#11 library `file` (default SoftHSM 2)")
	flags.StringVar(&s.log, "log", "", "log `file` (default enrol.log in the data directory)")
	flags.StringVar(&s.authority, "authority", "", "the authority's `URL`")
	more(flags)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	}
	if s.data == "" || s.pinFile == "" {
		return fmt.Errorf("%w: --data and --pin-file are needed", errUsage)
	}
	return nil
}

func (s *settings) secureUnit() secureunit.Config {
	return secureunit.Config{Module: s.module, Token: s.token, PIN: secureunit.PINFile(s.pinFile)}
}

// desk is the open desk.
type desk struct {
	token *secureunit.Unit
	unit  enrolment.Unit
	log   *slog.Logger
	file  *os.File
}

func (s *settings) open(ctx context.Context) (*desk, error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if s.log == "" {
		s.log = filepath.Join(s.data, "enrol.log")
	}
	file, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	token, err := secureunit.Open(ctx, s.secureUnit())
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &desk{
		token: token, unit: enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS),
		log: slog.New(slog.NewJSONHandler(file, nil)), file: file,
	}, nil
}

func (d *desk) close() error { return errors.Join(d.token.Close(), d.file.Close()) }
