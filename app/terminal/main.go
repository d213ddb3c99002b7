// Command terminal is the kiosk at the counter (支付设备 2 of CN103985036A): the
// cashier keys an amount, the customer scans and shows codes and places a
// finger, settlement answers.
//
// This package only wires: sale takes the payment, journal keeps what happened,
// screens draws; the devices and settlement's client do their work in their own
// packages.
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

	"countersign/devices/camera"
	"countersign/devices/fingerprint"
	"countersign/devices/secureunit"
	"countersign/settlementclient/enrolment"
)

const usage = `usage: terminal <command> [flags]

  enrol           have this terminal certified by the authority (step 1)
                  --authority URL --code-file FILE [--init-token --so-pin-file FILE]
  run             open the kiosk's window and take payments (steps 2 to 15)
                  --settlement URL --merchant REFERENCE --camera ADDRESS --sensor PORT
                  [--currency CNY] [--quick 10,20,50] [--language en] [--size 1280x800] [--full-screen]
                  [--light] [--high-contrast] [--announce]
                  [--life 60s] [--finger-wait 30s] [--ask-for 60s]
  journal verify  check the journal's chain of hashes from its first record

All take --data DIR; enrol and run take --token LABEL --pin-file FILE [--module FILE] [--authority URL] [--log FILE].
`

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out a command and returns the exit status: 0 done, 1 failed, 2
// wrong usage.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var err error
	switch {
	case len(args) >= 1 && args[0] == "enrol":
		err = enrol(ctx, args[1:], out, errOut)
	case len(args) >= 1 && args[0] == "run":
		err = open(ctx, args[1:], out, errOut)
	case len(args) >= 2 && args[0] == "journal" && args[1] == "verify":
		err = verifyJournal(ctx, args[2:], out, errOut)
	case len(args) == 1 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h"):
		fmt.Fprint(out, usage)
	default:
		err = fmt.Errorf("%w: no such command", errUsage)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(errOut, "error: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(errOut, "error: %v\n", err)
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(errOut, "hint: %s\n", hint)
	}
	return 1
}

// hintFor finds what a person can do about an error.
func hintFor(err error) string {
	for _, hint := range []func(error) string{enrolment.Hint, secureunit.Hint, fingerprint.Hint} {
		if h := hint(err); h != "" {
			return h
		}
	}
	var lens *camera.Error
	if errors.As(err, &lens) {
		return lens.Hint
	}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		return hinter.Hint()
	}
	return ""
}
