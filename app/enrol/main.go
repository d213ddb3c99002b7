// Command enrol is the officer's enrolment desk (指纹采集设备 of the
// certification authority, CN103985036A claim 2 step B): it captures the
// owner's finger, seals its template to settlement and has the authority make
// the enrolment code for the owner's wallet.
//
// This package only wires; package capture takes the finger.
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

	"countersign/protocol/problem"
)

const usage = `usage: enrol <command> [flags]

  join     enrol this desk at the authority
           --authority URL --code-file FILE [--init-token --so-pin-file FILE]
  capture  take the finger of a wallet's owner (prints CS1E:… for the wallet)
           --wallet ID --sensor PORT --consent [--code-out FILE] [--minutiae 40|60] [--authority URL]

Both take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE].
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are the program's three.
type streams struct {
	in       *os.File
	out, err io.Writer
}

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, s streams) int {
	commands := map[string]func(context.Context, []string, streams) error{"join": join, "capture": captureFinger}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(s.err, usage)
		return 2
	}
	err := commands[args[0]](ctx, args[1:], s)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(s.err, "error: %v\n\n%s", err, usage)
		return 2
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("stopped before it was done: %w", err)
	}
	fmt.Fprintf(s.err, "error: %v\n", err)
	if h := hint(err); h != "" {
		fmt.Fprintf(s.err, "hint: %s\n", h)
	}
	return 1
}

// hint returns what a person can do about err; what the authority advises comes
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
