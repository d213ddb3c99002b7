// Command trial takes sales with the installed packages: it is the part of
// trial.sh that runs inside the machine they were installed on, as root.
//
// It starts authority, settlement and terminal as their units say, sets the
// terminal up in its first window as an installer does, pays by scan and by tap
// with the wallet of countersign-demo, kills the terminal, and puts another
// version of its package over it and back. Between the programs it plays the
// world as the demonstration does: light, fingers, radio.
//
// # Limits
//
// The machine is a chroot without systemd: what a unit says of its user, its
// environment, its credentials, its folders and its restarting is done here
// (unit.go, service.go); its sandbox, its watchdog and its order are not. The
// kiosk's compositor draws into a window of an X server without a screen instead
// of onto a screen, and takes its input from there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"countersign/app/demo/display"
)

func main() {
	display.Quiet()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	var p plan
	flag.StringVar(&p.out, "out", "/trial/out", "`directory` for logs and pictures")
	flag.StringVar(&p.report, "report", "/trial/report", "`file` that a line is added to for each step")
	flag.StringVar(&p.older, "older", "", "`package` of the terminal that is installed now")
	flag.StringVar(&p.newer, "newer", "", "`package` of the terminal to go to and come back from")
	flag.Parse()
	// All that runs here is in one name space of processes and ends with this one, whatever
	// of it does not end when it is asked to.
	context.AfterFunc(ctx, func() { time.AfterFunc(leaving, func() { os.Exit(1) }) })
	if err := run(ctx, p); err != nil {
		fmt.Fprintf(os.Stderr, "trial: %v\n", err)
		os.Exit(1)
	}
}

// plan is what is tried, and where it is told.
type plan struct{ out, report, older, newer string }

func run(ctx context.Context, p plan) (err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	report, err := openReport(p.report)
	if err != nil {
		return err
	}
	t := &town{plan: p, report: report, fail: fail}
	defer func() { err = errors.Join(err, t.close(), report.close()) }()
	if err := t.open(ctx); err != nil {
		return because(ctx, err)
	}
	var slow error
	for _, s := range []struct {
		name string
		do   func(context.Context) (figures string, err error)
	}{
		{"authority and settlement as their units say", t.openServers},
		{"the terminal's first start, and its wizard", t.firstRun},
		{"the phone: finger, account, card, PIN", t.openPhone},
		{"a sale by scan", t.saleByScan},
		{"a sale by tap", t.saleByTap},
		{"kill -9 of the terminal with a sale open", t.killed},
		{"upgrade to N+1 with that sale open", t.upgraded},
		{"rollback to N with that sale open", t.rolledBack},
		{"the open sale is ended, and another one paid", t.settled},
		{"journal, ledger and examination", t.examined},
	} {
		err := report.step(ctx, s.name, s.do)
		switch {
		case errors.Is(err, errSlow):
			slow = fmt.Errorf("%s: %w", s.name, err)
		case err != nil:
			return fmt.Errorf("%s: %w", s.name, because(ctx, err))
		}
	}
	return slow
}

// because is what ended the context, if that is why err came about.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}
