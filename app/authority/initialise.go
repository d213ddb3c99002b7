package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"countersign/app/authority/certification"
	"countersign/devices/secureunit"
	"countersign/protocol"
)

// initialise makes the authority. It may be interrupted and run again: what is
// there already is kept.
func initialise(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	flags := newFlags("init", stderr)
	s.register(flags)
	name := flags.String("name", "", "the authority's `name`, realm/epoch, such as countersign/1")
	initToken := flags.Bool("init-token", false, "make the token if it is missing")
	soPINFile := flags.String("so-pin-file", "", "`file` with the security officer's PIN, for --init-token")
	if err := parse(flags, args); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if *name == "" || *initToken && *soPINFile == "" {
		return fmt.Errorf("%w: init needs --name, and --so-pin-file with --init-token", errUsage)
	}
	log, closeLog, err := s.logger(stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if *initToken {
		err := secureunit.Initialise(s.secureUnit(), secureunit.PINFile(*soPINFile))
		if err != nil && !errors.Is(err, secureunit.ErrTokenExists) {
			return err
		}
	}
	o, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	for _, purpose := range []secureunit.Purpose{secureunit.Signing, secureunit.CertificateAuthority, secureunit.TLS} {
		if _, err := o.unit.EnsureKey(ctx, purpose); err != nil {
			return err
		}
	}
	if err := o.keys(); err != nil {
		return err
	}
	if err := certification.Found(o.config, protocol.ID(*name)); err != nil {
		return err
	}
	authority, err := certification.New(o.config)
	if err != nil {
		return err
	}
	thumbprint := authority.Thumbprint()
	return json.NewEncoder(stdout).Encode(map[string]string{
		"authority": string(authority.Name()), "thumbprint": hex.EncodeToString(thumbprint[:]),
	})
}
