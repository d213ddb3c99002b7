package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"countersign/app/authority/certification"
	"countersign/app/authority/store"
	"countersign/app/program"
	"countersign/devices/secureunit"
)

// settings are the flags that init and serve have in common.
type settings struct{ program.Settings }

func (s *settings) check() error {
	if s.Data == "" || s.PINFile == "" {
		return program.Usagef("--data and --pin-file are needed")
	}
	return nil
}

// opened is everything that must be closed again.
type opened struct {
	unit     *secureunit.Unit
	registry *store.Registry
	config   certification.Config
}

// open opens token and registry.
func (s *settings) open(ctx context.Context, log *slog.Logger) (*opened, error) {
	if err := s.MakeData(); err != nil {
		return nil, err
	}
	registry, err := store.Open(registryFile(s.Data))
	if err != nil {
		return nil, err
	}
	unit, err := secureunit.Open(ctx, s.SecureUnit())
	if err != nil {
		return nil, errors.Join(err, registry.Close())
	}
	o := &opened{unit: unit, registry: registry, config: certification.Config{Registry: registry, Clock: time.Now, Log: log}}
	return o, nil
}

// keys takes up the keys in the token.
func (o *opened) keys() (err error) {
	if o.config.Signer, err = o.unit.Signer(secureunit.Signing); err != nil {
		return err
	}
	o.config.CA, err = o.unit.Signer(secureunit.CertificateAuthority)
	return err
}

func (o *opened) close() error { return errors.Join(o.registry.Close(), o.unit.Close()) }

func registryFile(data string) string { return filepath.Join(data, "registry.db") }
