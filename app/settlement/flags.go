package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/program"
	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/money"
)

// settings are the flags that enrol and serve have in common.
type settings struct {
	program.Settings
	authority string
}

func (s *settings) register(flags *flag.FlagSet) {
	s.Register(flags, "settlement")
	flags.StringVar(&s.authority, "authority", "", "the authority's `URL`")
}

func (s *settings) check() error {
	if s.Data == "" || s.PINFile == "" {
		return program.Usagef("--data and --pin-file are needed")
	}
	return nil
}

// errLocked says that another process has the ledger open.
var errLocked = errors.New("the ledger is in use by another process")

func ledgerFile(data string) string { return filepath.Join(data, "ledger.db") }

// openLedger opens the ledger in the data directory, or in the PostgreSQL
// database whose address is in a file: the address may hold a password, which
// does not belong on a command line.
func openLedger(ctx context.Context, data, databaseFile string) (store, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if databaseFile != "" {
		address, err := databaseAddress(databaseFile)
		if err != nil {
			return nil, err
		}
		return ledger.OpenPostgres(ctx, address, ledger.Options{})
	}
	l, err := ledger.Open(ledgerFile(data), ledger.Options{})
	if errors.Is(err, ledger.ErrInUse) {
		return nil, fmt.Errorf("%w: %w", errLocked, err)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

func databaseAddress(file string) (string, error) {
	address, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read --database-file: %w", err)
	}
	return strings.TrimSpace(string(address)), nil
}

// databaseFlag is of the commands that open the ledger themselves.
func databaseFlag(flags *flag.FlagSet) *string {
	return flags.String("database-file", "", "`file` with the address of a PostgreSQL database, postgres://USER:PASSWORD@HOST/NAME, for the ledger (default: ledger.db in --data)")
}

// amounts reads a flag's CNY=50.00,USD=10.00.
func amounts(name, text string) (map[protocol.Currency]protocol.Amount, error) {
	limits := map[protocol.Currency]protocol.Amount{}
	for _, item := range program.List(text) {
		code, amount, _ := strings.Cut(item, "=")
		currency, err := money.CurrencyByCode(code)
		if err != nil {
			return nil, program.Usagef("%s: %w", name, err)
		}
		limit, err := money.Parse(amount, currency)
		if err != nil {
			return nil, program.Usagef("%s: %w", name, err)
		}
		limits[protocol.Currency(currency)] = protocol.Amount(limit.Minor)
	}
	return limits, nil
}
