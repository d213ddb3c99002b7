package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/settlement/admin"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/money"
)

// fingerSettings are what a finger has to reach, and what serves instead of one.
type fingerSettings struct {
	threshold                              int
	bands, pinLimit, noPrint, noPrintLimit string
}

func (f *fingerSettings) register(flags *flag.FlagSet) {
	flags.IntVar(&f.threshold, "finger-threshold", 0, "the least `score` that counts as the same finger where no band says otherwise (default provisional)")
	flags.StringVar(&f.bands, "finger-bands", "", "the least scores by amount, such as CNY=50.00:21,500.00:25,*:30,USD=10.00:25 (default none)")
	flags.StringVar(&f.pinLimit, "pin-limit", "", "up to which `amounts` a PIN on the phone serves instead of a finger, such as CNY=50.00 (default none)")
	flags.StringVar(&f.noPrint, "no-print", "refuse", "`what` serves for owners without an enrolled print: refuse, or pin")
	flags.StringVar(&f.noPrintLimit, "no-print-limit", "", "up to which `amounts` it does with --no-print pin, such as CNY=50.00")
}

// apply reads what the flags say.
func (f *fingerSettings) apply(p *settle.Policy) (err error) {
	if f.threshold < 0 || f.threshold > int(minutiae.MaxScore) {
		return program.Usagef("--finger-threshold is a score of 1 to %d", minutiae.MaxScore)
	}
	p.Threshold = minutiae.Score(f.threshold)
	if p.FingerBands, err = bands("--finger-bands", f.bands); err != nil {
		return err
	}
	if p.PINLimit, err = amounts("--pin-limit", f.pinLimit); err != nil {
		return err
	}
	switch {
	case f.noPrint != "refuse" && f.noPrint != "pin":
		return program.Usagef("--no-print is refuse or pin, not %q", f.noPrint)
	case f.noPrint == "pin" && f.noPrintLimit == "":
		return program.Usagef("--no-print pin needs --no-print-limit")
	case f.noPrint == "refuse" && f.noPrintLimit != "":
		return program.Usagef("--no-print-limit goes with --no-print pin")
	}
	p.NoPrintLimit, err = amounts("--no-print-limit", f.noPrintLimit)
	return err
}

// bands reads CNY=50.00:21,500.00:25,*:30,USD=10.00:25: an item with a currency
// begins that currency's bands, and each item is an amount up to which its score
// counts, or * for all that is left.
func bands(name, text string) (map[protocol.Currency]settle.Bands, error) {
	all := map[protocol.Currency]settle.Bands{}
	var code string
	var currency money.Currency
	for _, item := range program.List(text) {
		if begins, rest, found := strings.Cut(item, "="); found {
			var err error
			code, item = begins, rest
			if currency, err = money.CurrencyByCode(code); err != nil {
				return nil, program.Usagef("%s: %w", name, err)
			}
			if _, again := all[protocol.Currency(currency)]; again {
				return nil, program.Usagef("%s: %s twice", name, code)
			}
		}
		if code == "" {
			return nil, program.Usagef("%s: %q belongs to no currency: write CNY=%s", name, item, item)
		}
		band, err := band(item, currency)
		if err != nil {
			return nil, program.Usagef("%s: %s: %q: %w", name, code, item, err)
		}
		list := append(all[protocol.Currency(currency)], band)
		if err := list.Check(); err != nil {
			return nil, program.Usagef("%s: %s: %q: %w", name, code, item, err)
		}
		all[protocol.Currency(currency)] = list
	}
	return all, nil
}

// band reads 50.00:21, or *:30.
func band(item string, currency money.Currency) (settle.Band, error) {
	upTo, score, found := strings.Cut(item, ":")
	if !found {
		return settle.Band{}, errors.New("a band is AMOUNT:SCORE, such as 50.00:21, or *:SCORE")
	}
	threshold, err := strconv.ParseUint(score, 10, 16)
	if err != nil || strings.HasPrefix(score, "0") {
		return settle.Band{}, fmt.Errorf("a score is a number of 1 to %d", minutiae.MaxScore)
	}
	b := settle.Band{Threshold: minutiae.Score(threshold)}
	if upTo == "*" {
		return b, nil
	}
	amount, err := money.Parse(upTo, currency)
	b.UpTo = protocol.Amount(amount.Minor)
	return b, err
}

func unlock(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var w admin.Wallet
	flags := program.NewFlags("settlement wallet unlock", stderr)
	flags.StringVar(&w.Subject, "subject", "", "the wallet's `name`, such as W-0001")
	flags.StringVar(&w.Reason, "reason", "", "`why`: it is kept for auditors")
	client, _, err := remote(flags, args, "subject", "reason")
	if err != nil {
		return err
	}
	unlocked, err := client.Unlock(ctx, w)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(unlocked)
}

func listWallets(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	client, _, err := remote(program.NewFlags("settlement wallet list", stderr), args)
	if err != nil {
		return err
	}
	all, err := client.Locks(ctx)
	return printed(stdout, all, err)
}

func listFingers(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var f admin.Fingers
	flags := program.NewFlags("settlement finger list", stderr)
	flags.StringVar(&f.Wallet, "wallet", "", "one wallet's alone: its `name`, such as W-0001")
	since := flags.Duration("since", 30*24*time.Hour, "how far back")
	client, _, err := remote(flags, args)
	if err != nil {
		return err
	}
	f.Since = time.Now().Add(-*since).Unix()
	all, err := client.Fingers(ctx, f)
	return printed(stdout, all, err)
}

// printed prints one JSON object a line.
func printed[T any](stdout io.Writer, all []T, err error) error {
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, v := range all {
		if err := lines.Encode(v); err != nil {
			return err
		}
	}
	return nil
}
