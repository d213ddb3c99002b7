package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/settlement/admin"
)

// remote parses the flags of a command that the running server carries out. All
// of need must be given.
func remote(flags *flag.FlagSet, args []string, need ...string) (client admin.Client, data string, err error) {
	flags.StringVar(&data, "data", "", "data `directory` of the running server")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return client, "", err
	}
	if err := program.Need(flags, append([]string{"data"}, need...)...); err != nil {
		return client, "", err
	}
	return admin.NewClient(data), data, nil
}

func addMerchant(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var m admin.Merchant
	flags := program.NewFlags("settlement merchant add", stderr)
	flags.StringVar(&m.Reference, "reference", "", "the `reference` in the terminal's requests, such as M-0001")
	flags.StringVar(&m.Terminal, "terminal", "", "the terminal's `name`, such as T-0001")
	flags.StringVar(&m.Name, "name", "", "the shop's name, for lists")
	flags.StringVar(&m.Currency, "currency", "", "three `letters`, such as CNY")
	client, _, err := remote(flags, args, "reference", "terminal", "currency")
	if err != nil {
		return err
	}
	if err := client.AddMerchant(ctx, m); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(map[string]string{"merchant": m.Reference, "terminal": m.Terminal})
}

func addAccount(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var a admin.NewAccount
	flags := program.NewFlags("settlement account add", stderr)
	flags.StringVar(&a.Number, "number", "", "the account `number`, 1 to 24 bytes; a card's has 12 to 19 digits")
	flags.StringVar(&a.Kind, "kind", "prepaid", "bank-card, credit-card, third-party or prepaid")
	flags.StringVar(&a.Currency, "currency", "", "three `letters`, such as CNY")
	client, _, err := remote(flags, args, "number", "currency")
	if err != nil {
		return err
	}
	code, err := client.AddAccount(ctx, a)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, code.Activation)
	return err
}

func newCode(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement account code", stderr)
	number := flags.String("number", "", "the account `number`")
	client, _, err := remote(flags, args, "number")
	if err != nil {
		return err
	}
	code, err := client.NewCode(ctx, *number)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, code.Activation)
	return err
}

// moneyCommand is a command by which the operator moves money.
type moneyCommand struct {
	// name is the command with the program's.
	name string
	// account is the flag that names whose money it is; the usages are its, and
	// those of --amount and --reference.
	account                                   string
	accountUsage, amountUsage, referenceUsage string
	// anonymous says that --reference may be left out.
	anonymous bool
	order     func(admin.Client, context.Context, admin.MoneyOrder) (admin.Balance, error)
}

// run has the money moved and prints the balance.
func (c moneyCommand) run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var m admin.MoneyOrder
	flags := program.NewFlags(c.name, stderr)
	flags.StringVar(&m.Account, c.account, "", c.accountUsage)
	flags.StringVar(&m.Amount, "amount", "", c.amountUsage)
	flags.StringVar(&m.Reference, "reference", "", c.referenceUsage)
	need := []string{c.account, "amount"}
	if !c.anonymous {
		need = append(need, "reference")
	}
	client, _, err := remote(flags, args, need...)
	if err != nil {
		return err
	}
	balance, err := c.order(client, ctx, m)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(balance)
}

func load(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return moneyCommand{
		name: "settlement account load", order: admin.Client.Load,
		account: "number", accountUsage: "the account `number`", amountUsage: "how much, such as 100.00",
		referenceUsage: "your own `reference`: with it the same order again is the same load", anonymous: true,
	}.run(ctx, args, stdout, stderr)
}

func payout(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return moneyCommand{
		name: "settlement merchant payout", order: admin.Client.Payout,
		account: "merchant", accountUsage: "the merchant account's `reference`, such as M-0001", amountUsage: "how much, such as 100.00",
		referenceUsage: "your own `reference`, such as the bank transfer's: the same order again is the same payout",
	}.run(ctx, args, stdout, stderr)
}

func cleared(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return moneyCommand{
		name: "settlement acquirer cleared", order: admin.Client.Cleared,
		account: "currency", accountUsage: "three `letters`, such as CNY", amountUsage: "how much of what it owed, such as 100.00",
		referenceUsage: "your own `reference`, such as the bank transfer's: the same again is the same clearing",
	}.run(ctx, args, stdout, stderr)
}

func list(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement account list", stderr)
	full := flags.Bool("full", false, "print payer account numbers whole")
	client, _, err := remote(flags, args)
	if err != nil {
		return err
	}
	all, err := client.Accounts(ctx)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, a := range all {
		if !*full && a.Class == "payer" {
			number := []rune(a.Number)
			a.Number = "…" + string(number[len(number)-min(4, len(number)/2):])
		}
		if err := lines.Encode(a); err != nil {
			return err
		}
	}
	return nil
}

// errProof ends the program with status 1.
var errProof = errors.New("the ledger breaks an invariant")

// prove asks the running server; where none runs it opens the ledger itself.
func prove(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement proof", stderr)
	database := databaseFlag(flags)
	client, data, err := remote(flags, args)
	if err != nil {
		return err
	}
	proof, err := client.Proof(ctx)
	if errors.Is(err, adminsocket.ErrNotRunning) {
		proof, err = proveAlone(ctx, data, *database)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, proof.Text); err != nil {
		return err
	}
	if !proof.Holds {
		return errProof
	}
	return nil
}

func proveAlone(ctx context.Context, data, database string) (proof admin.Proof, err error) {
	// Looking at a ledger that is not there must not make one.
	if _, err := os.Stat(ledgerFile(data)); err != nil && database == "" {
		return proof, fmt.Errorf("%w, and there is no ledger to open: %w", adminsocket.ErrNotRunning, err)
	}
	store, err := openLedger(ctx, data, database)
	if err != nil {
		return proof, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return admin.Prove(ctx, store)
}
