// Command chaos puts a whole town of terminals and its settlement server to the
// test: it ends their processes at named points by SIGKILL, takes the power away
// under their stores (package powercut), cuts, delays, doubles and reorders what
// they say to one another, and then looks whether any money was lost, made or
// moved twice. The victims are the real till, journal, settlement client,
// service, settle and ledger, in app/terminal/terminalvictim and
// app/settlement/settlementvictim; devices are simulated, and times are shortened
// twentyfold.
//
//	chaos [--store bolt|postgres|both] [--seed N] [--sales N] [--hits N] [--for DURATION] [--break GUARD]
//	chaos load [--store bolt|postgres] [--terminals N] [--every DURATION] [--for DURATION]
//	chaos taps [--stalls N] [--from STORY] [--short]
//
// The last has terminals and wallets tap through real readers (a PC/SC daemon of its own),
// with the real hardware environment between the two processes of a wallet. It takes the phone out of the field around
// every APDU, kills every party at every point that a sale by tap comes to, one mishap a
// sale, and then taps again: in the end all must agree to the cent.
//
// A seed fixes the fault schedule: which points are armed, what survives a power
// cut, what happens to which message. When threads and lines meet is not fixed, so
// a run with the same seed is alike and not the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := command(ctx, os.Args[1:], os.Stdout)
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		fmt.Fprintln(os.Stderr, "hint:", hinted.Hint())
	}
	os.Exit(1)
}

// command runs what the arguments say.
func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "load" {
		return load(ctx, args[1:], out)
	}
	if len(args) > 0 && args[0] == "taps" {
		return taps(ctx, args[1:], out)
	}
	o := options{out: out, scale: 20, refunds: 4}
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.StringVar(&o.store, "store", "both", "bolt, postgres or both")
	flags.IntVar(&o.terminals, "terminals", 40, "how many terminals sell at once")
	flags.IntVar(&o.processes, "processes", 3, "how many processes they are spread over")
	flags.IntVar(&o.sales, "sales", 1000, "the least number of sales")
	flags.IntVar(&o.hits, "hits", 5, "how often each fail point is to be hit at least; 0 for as it comes")
	flags.Float64Var(&o.share, "share", 0.03, "the share of messages and lines that something happens to")
	flags.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano())%1_000_000, "the `number` that fixes the fault schedule")
	flags.DurationVar(&o.most, "for", 10*time.Minute, "the longest time under faults")
	flags.DurationVar(&o.settling, "settling", 20*time.Second, "the time after which nothing may be unknown")
	flags.DurationVar(&o.every, "every", 800*time.Millisecond, "the time between two sales of a terminal, about")
	flags.StringVar(&o.broken, "break", "", "a guard to take away, to see that it is noticed: "+noSync+", "+fmt.Sprint(settlementGuards, terminalGuards))
	flags.StringVar(&o.programs, "programs", "", "the `folder` of the victims (default: this program's)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := o.complete(); err != nil {
		return err
	}
	stores := []string{o.store}
	if o.store == "both" {
		stores = []string{"bolt", "postgres"}
	}
	for _, o.store = range stores {
		if err := run(ctx, o); err != nil {
			return fmt.Errorf("store %s, seed %d: %w", o.store, o.seed, err)
		}
	}
	return nil
}

// complete fills in what was not said.
func (o *options) complete() error {
	if o.programs == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		o.programs = filepath.Dir(self)
	}
	return nil
}
