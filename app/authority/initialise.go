package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"countersign/app/authority/certification"
	"countersign/app/program"
	"countersign/devices/secureunit"
	"countersign/protocol"
)

// initialise makes the authority. It may be interrupted and run again: what is
// there already is kept.
func initialise(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s settings
	flags := program.NewFlags("authority init", stderr)
	s.Register(flags, "authority")
	name := flags.String("name", "", "the authority's `name`, realm/epoch, such as countersign/1")
	var token program.NewToken
	token.Register(flags)
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if *name == "" {
		return program.Usagef("init needs --name")
	}
	if err := token.Check(); err != nil {
		return err
	}
	log, closeLog, err := s.OpenLog(stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if err := token.Initialise(s.SecureUnit()); err != nil {
		return err
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
