package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"path/filepath"

	"countersign/app/program"
	"countersign/devices/secureunit"
	"countersign/settlementclient/enrolment"
)

// settings are the flags that all commands have.
type settings struct {
	program.Settings
	authority string
}

func (s *settings) parse(name string, args []string, io streams, more func(*flag.FlagSet)) error {
	flags := program.NewFlags("enrol "+name, io.err)
	s.Register(flags, "desk")
	flags.Lookup("data").Usage += "; the log is kept there"
	flags.Lookup("log").Usage = "log `file` (default enrol.log in the data directory)"
	flags.StringVar(&s.authority, "authority", "", "the authority's `URL`")
	more(flags)
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if s.Data == "" || s.PINFile == "" {
		return program.Usagef("--data and --pin-file are needed")
	}
	return nil
}

// desk is the open desk.
type desk struct {
	token    *secureunit.Unit
	unit     enrolment.Unit
	log      *slog.Logger
	closeLog func() error
}

func (s *settings) open(ctx context.Context) (*desk, error) {
	if err := s.MakeData(); err != nil {
		return nil, err
	}
	if s.Log == "" { // standard error is for the officer
		s.Log = filepath.Join(s.Data, "enrol.log")
	}
	log, closeLog, err := s.OpenLog(nil)
	if err != nil {
		return nil, err
	}
	token, err := secureunit.Open(ctx, s.SecureUnit())
	if err != nil {
		return nil, errors.Join(err, closeLog())
	}
	return &desk{
		token: token, unit: enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS),
		log: log, closeLog: closeLog,
	}, nil
}

func (d *desk) close() error { return errors.Join(d.token.Close(), d.closeLog()) }
