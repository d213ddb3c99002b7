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

	"countersign/app/settlement/ledger"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/protocol/money"
)

// settings are the flags that enrol and serve have in common.
type settings struct {
	data, token, pinFile, module, log, authority string
}

func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("settlement "+name, flag.ContinueOnError)
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
	flags.StringVar(&s.token, "token", "settlement", "`label` of the PKCS#11 token")
	flags.StringVar(&s.pinFile, "pin-file", "", "`file` with the token's PIN")
	flags.StringVar(&s.module, "module", "", "PKCS#11 library `file` (default SoftHSM 2)")
	flags.StringVar(&s.log, "log", "", "log `file` (default standard error)")
	flags.StringVar(&s.authority, "authority", "", "the authority's `URL`")
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

// errLocked says that another process has the ledger open.
var errLocked = errors.New("the ledger is in use by another process")

func ledgerFile(data string) string { return filepath.Join(data, "ledger.db") }

func openLedger(data string) (*ledger.Bolt, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	l, err := ledger.Open(ledgerFile(data), ledger.Options{})
	if errors.Is(err, ledger.ErrInUse) {
		return nil, fmt.Errorf("%w: %w", errLocked, err)
	}
	return l, err
}

func (s *settings) openUnit(ctx context.Context) (*secureunit.Unit, error) {
	return secureunit.Open(ctx, s.secureUnit())
}

// items splits a comma-separated flag.
func items(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// pinLimits reads CNY=50.00,USD=10.00.
func pinLimits(text string) (map[protocol.Currency]protocol.Amount, error) {
	limits := map[protocol.Currency]protocol.Amount{}
	for _, item := range items(text) {
		code, amount, _ := strings.Cut(item, "=")
		currency, err := money.CurrencyByCode(code)
		if err != nil {
			return nil, fmt.Errorf("%w: --pin-limit: %w", errUsage, err)
		}
		limit, err := money.Parse(amount, currency)
		if err != nil {
			return nil, fmt.Errorf("%w: --pin-limit: %w", errUsage, err)
		}
		limits[protocol.Currency(currency)] = protocol.Amount(limit.Minor)
	}
	return limits, nil
}
