// Command wallet is the phone (移动设备 1 of CN103985036A): it reads a shop's
// code, shows its owner what is true, signs the payment in its secure unit and
// shows the payment code (steps 4 to 7, with a sensor of its own also 11).
//
// This package only wires: trusted verifies and signs, client leads the owner,
// screens draws.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"countersign/protocol/problem"
)

const usage = `usage: wallet <command> [flags]

  enrol           enrol this phone at the authority
                  --authority URL --code-file FILE [--by-hash] [--settlement URL] [--init-token --so-pin-file FILE]
  account add     register an account to this phone's key at settlement
                  --number NUMBER --activation-file FILE --settlement URL
  account remove  take an account off again
                  --number NUMBER --settlement URL
  accounts        list the accounts, one JSON object a line
  pending         list the payments without a known outcome, one JSON object a line
  run             open the phone's window
                  --settlement URL [--camera ADDRESS] [--sensor PORT] [--language en|zh] [--size WxH] [--announce]

All take --pin-file FILE [--token LABEL] [--module FILE] [--log FILE] [--authority URL].
What the phone keeps lies in its token.
`

func main() {
	runtime.LockOSThread() // the window belongs to the first thread
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"enrol": enrol, "account add": addAccount, "account remove": removeAccount, "accounts": listAccounts, "pending": listPending, "run": open,
	}
	name, rest := command(args)
	do := commands[name]
	if do == nil {
		fmt.Fprint(errOut, usage)
		return 2
	}
	err := do(ctx, rest, out, errOut)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(errOut, "error: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(errOut, "error: %v\n", err)
	if h := hint(err); h != "" {
		fmt.Fprintf(errOut, "hint: %s\n", h)
	}
	return 1
}

// command splits the command's name, of one word or two, from its flags.
func command(args []string) (name string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	if args[0] == "account" && len(args) > 1 {
		return args[0] + " " + args[1], args[2:]
	}
	return args[0], args[1:]
}

// hint returns what a person can do about err; what a service advises comes
// first.
func hint(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) && p.Hint != "" {
		return p.Hint
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
