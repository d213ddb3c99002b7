// Command settlement is the payment settlement server (支付结算服务器 3 of
// CN103985036A): it opens and verifies submissions, compares fingers, moves
// money and answers with signed outcomes. Its keys stay in a PKCS#11 token; its
// ledger is a file in the data directory.
//
// This package only wires: settle decides, ledger keeps, service carries what
// devices say and admin what the operator does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"countersign/app/settlement/admin"
	"countersign/protocol/problem"
)

const usage = `usage: settlement <command> [flags]

  enrol          have the authority certify this server
                 --authority URL --code-file FILE --host NAME[,NAME] [--init-token --so-pin-file FILE]
  serve          answer terminals, wallets and operators until SIGTERM
                 [--listen HOST:PORT] [--authority URL] [--pin-limit CUR=AMOUNT[,CUR=AMOUNT]]
  merchant add   add a merchant account, or one more terminal to it
                 --reference R --terminal T --currency CUR [--name TEXT]
  account add    add a payer account (prints its activation code)
                 --number N --kind bank-card|credit-card|third-party|prepaid --currency CUR
  account code   replace the activation code of an account (prints it)
                 --number N
  account load   bring money into an account
                 --number N --amount 100.00
  account list   list all accounts, one JSON object a line [--full]
  wallet unlock  forget the failed fingers of a wallet
                 --subject W
  proof          check every invariant of the ledger; status 1 if one is broken

enrol and serve take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE];
the others talk to the server running with the same --data DIR.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

// command is one of the commands in usage.
type command func(ctx context.Context, args []string, stdout, stderr io.Writer) error

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	chosen, rest := choose(args)
	if chosen == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	err := chosen(ctx, rest, stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "error: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(stderr, "error: %v\n", err)
	if h := hint(err); h != "" {
		fmt.Fprintf(stderr, "hint: %s\n", h)
	}
	return 1
}

// choose finds a command of one or two words.
func choose(args []string) (command, []string) {
	commands := map[string]command{
		"enrol": enrol, "serve": serve, "merchant add": addMerchant, "account add": addAccount, "account code": newCode,
		"account load": load, "account list": list, "wallet unlock": unlock, "proof": prove,
	}
	for words := 1; words <= min(2, len(args)); words++ {
		name := args[0]
		if words == 2 {
			name += " " + args[1]
		}
		if c := commands[name]; c != nil {
			return c, args[words:]
		}
	}
	return nil, nil
}

// hint returns what a person can do about err.
func hint(err error) string {
	var p *problem.Problem
	var h interface{ Hint() string }
	switch {
	case errors.As(err, &p):
		return p.Hint
	case errors.As(err, &h):
		return h.Hint()
	case errors.Is(err, admin.ErrNotRunning):
		return "Start it with settlement serve, and check --data."
	case errors.Is(err, errLocked):
		return "Settlement is running already with this data directory."
	}
	return ""
}
