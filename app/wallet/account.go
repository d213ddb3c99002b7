package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"countersign/app/program"
	"countersign/app/wallet/trusted"
	"countersign/protocol"
	"countersign/protocol/money"
)

// accountLine is an account as scripts read it. It never has the whole number.
type accountLine struct {
	Kind     string `json:"kind"`
	Currency string `json:"currency"`
	Ending   string `json:"ending"`
}

func lineOf(a trusted.Account) accountLine {
	kind := map[protocol.AccountKind]string{
		protocol.AccountBankCard: "bank-card", protocol.AccountCreditCard: "credit-card",
		protocol.AccountThirdParty: "third-party", protocol.AccountPrepaid: "prepaid",
	}[a.Kind]
	return accountLine{Kind: kind, Currency: money.Currency(a.Currency).String(), Ending: a.Ending}
}

// addAccount registers an account to this phone's key (claim 2 step F).
func addAccount(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var number, activationFile string
	err := s.parse("account add", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&number, "number", "", "account `number`, at most 24 characters")
		flags.StringVar(&activationFile, "activation-file", "", "`file` with the activation code from the account's keeper")
	})
	if err != nil {
		return err
	}
	if number == "" || activationFile == "" || s.settlement == "" {
		return program.Usagef("account add needs --number, --activation-file and --settlement")
	}
	activation, err := os.ReadFile(activationFile)
	if err != nil {
		return fmt.Errorf("read activation code: %w", err)
	}
	secret := strings.TrimSpace(string(activation))
	if secret == "" {
		return errors.New("the activation file is empty") // an empty code would remove the account
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		added, total, err := p.trusted.Register(ctx, protocol.Account(number), secret)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(map[string]any{"accounts": total, "added": lineOf(added)})
	})
}

// removeAccount takes an account off this phone's key.
func removeAccount(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var number string
	err := s.parse("account remove", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&number, "number", "", "account `number`")
	})
	if err != nil {
		return err
	}
	if number == "" || s.settlement == "" {
		return program.Usagef("account remove needs --number and --settlement")
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		account := protocol.Account(number)
		if err := p.trusted.Unregister(ctx, account); err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(map[string]string{"removed": trusted.Ending(account)})
	})
}

// listAccounts prints the accounts in their order.
func listAccounts(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("accounts", args, errOut); err != nil {
		return err
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		all, err := p.trusted.Accounts(ctx)
		for _, a := range all {
			err = errors.Join(err, json.NewEncoder(out).Encode(lineOf(a)))
		}
		return err
	})
}

// listPending prints the payments without a known outcome, oldest first.
func listPending(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("pending", args, errOut); err != nil {
		return err
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		all, err := p.trusted.Pending(ctx)
		for _, one := range all {
			amount := money.Amount{Minor: int64(one.Amount), Currency: money.Currency(one.Currency)}
			err = errors.Join(err, json.NewEncoder(out).Encode(map[string]any{
				"sale": one.Request.String(), "shop": one.Shop, "amount": amount.String(), "since": one.Since,
			}))
		}
		return err
	})
}
