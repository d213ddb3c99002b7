package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/app/authority/certification"
	"countersign/app/authority/store"
	"countersign/devices/secureunit"
)

// settings are the flags that init and serve have in common.
type settings struct {
	data, token, pinFile, module, log string
}

func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("authority "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	return flags
}

func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	}
	return nil
}

func (s *settings) register(flags *flag.FlagSet) {
	flags.StringVar(&s.data, "data", "", "data `directory`, made if missing")
	flags.StringVar(&s.token, "token", "authority", "`label` of the PKCS#11 token")
	flags.StringVar(&s.pinFile, "pin-file", "", "`file` with the token's PIN")
	flags.StringVar(&s.module, "module", "", "PKCS#11 library `file` (default SoftHSM 2)")
	flags.StringVar(&s.log, "log", "", "log `file` (default standard error)")
}

func (s *settings) check() error {
	if s.data == "" || s.pinFile == "" {
		return fmt.Errorf("%w: --data and --pin-file are needed", errUsage)
	}
	return nil
}

func (s *settings) secureUnit() secureunit.Config {
	return secureunit.Config{Module: s.module, Token: s.token, PIN: secureunit.PINFile(s.pinFile)}
}

// logger returns the structured log and how to close it.
func (s *settings) logger(stderr io.Writer) (*slog.Logger, func() error, error) {
	if s.log == "" {
		return slog.New(slog.NewJSONHandler(stderr, nil)), func() error { return nil }, nil
	}
	file, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(file, nil)), file.Close, nil
}

// opened is everything that must be closed again.
type opened struct {
	unit     *secureunit.Unit
	registry *store.Registry
	config   certification.Config
}

// open opens token and registry.
func (s *settings) open(ctx context.Context, log *slog.Logger) (*opened, error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	registry, err := store.Open(registryFile(s.data))
	if err != nil {
		return nil, err
	}
	unit, err := secureunit.Open(ctx, s.secureUnit())
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

// list splits a comma-separated flag.
func list(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
