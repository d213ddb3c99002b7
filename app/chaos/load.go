package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/app/program/victim"
)

// load has many terminals sell at their usual pace, without faults and with the
// usual times, and looks at how long settlement takes and how much memory it
// needs: "chaos load".
func load(ctx context.Context, args []string, out io.Writer) error {
	o := options{out: out, scale: 1, plain: true, processes: 1, settling: 30 * time.Second}
	flags := flag.NewFlagSet("chaos load", flag.ContinueOnError)
	flags.StringVar(&o.store, "store", "bolt", "bolt or postgres")
	flags.IntVar(&o.terminals, "terminals", 1000, "how many terminals sell")
	flags.DurationVar(&o.every, "every", 30*time.Second, "the time between two sales of a terminal, about")
	flags.DurationVar(&o.most, "for", 5*time.Minute, "how long")
	flags.StringVar(&o.programs, "programs", "", "the `folder` of the victims (default: this program's)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := o.complete(); err != nil {
		return err
	}
	return loaded(ctx, o)
}

// errLoad says that the load was not borne as it must be.
var errLoad = errors.New("the load was not borne")

// growth is how much more memory settlement may need in the last minute than in
// the second.
const growth = 1.10

func loaded(ctx context.Context, o options) (err error) {
	fmt.Fprintf(o.out, "load: store %s, %d terminals, a sale every %v each, for %v\n", o.store, o.terminals, o.every, o.most)
	t := &town{options: o, plan: newSchedule(0)}
	if t.dir, err = os.MkdirTemp("", "load"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close(context.WithoutCancel(ctx))) }()
	if err := t.open(ctx); err != nil {
		return err
	}
	var memory []int64
	failures := 0
	turn := min(time.Minute, o.most)
	for n := range int(o.most / turn) {
		if !victim.Pause(ctx, turn) {
			return ctx.Err()
		}
		kB, mapped, err := resident(t.settlement.process.cmd.Process.Pid)
		if err != nil {
			return err
		}
		memory = append(memory, kB)
		for _, m := range t.streets {
			took, err := ask[victim.Measures](ctx, m.process, "measures")
			if err != nil {
				return err
			}
			fmt.Fprintf(o.out, "  %6v  %6d answers, p50 %v, p99 %v, most %v; settlement has %d MB resident, and %d MB of its files\n", time.Duration(n+1)*turn,
				took.Answers, took.P50.Round(10*time.Microsecond), took.P99.Round(10*time.Microsecond), took.Most.Round(10*time.Microsecond), kB>>10, mapped>>10)
			for _, why := range slices.Sorted(maps.Keys(took.Failed)) {
				fmt.Fprintf(o.out, "    %d times: %s\n", took.Failed[why], why)
				failures += took.Failed[why]
			}
		}
	}
	result, _, err := t.settle(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "sales: %d, paid in all %d.%02d CNY\n", result.Sales, result.Paid/100, result.Paid%100)
	for _, ending := range slices.Sorted(maps.Keys(result.Endings)) {
		fmt.Fprintf(o.out, "  %-44s %6d\n", ending, result.Endings[ending])
		if strings.HasPrefix(ending, "reversed") || strings.HasSuffix(ending, "unreachable") || strings.HasSuffix(ending, "busy") {
			failures += result.Endings[ending]
		}
	}
	switch broken := result.findings.broken(); {
	case len(broken) > 0:
		return fmt.Errorf("%w: %s: %s", errBroken, broken[0], result.findings[broken[0]])
	case failures > 0:
		return fmt.Errorf("%w: %d failures", errLoad, failures)
	case len(memory) > 2 && float64(memory[len(memory)-1]) > growth*float64(memory[1]):
		return fmt.Errorf("%w: settlement's memory grew from %d to %d kB", errLoad, memory[1], memory[len(memory)-1])
	}
	return nil
}

// resident is how much memory of a process is in RAM, in kB: its own, and beside
// it what of its files is mapped there. The second grows with the ledger of the
// embedded store; it is the kernel's copy of the file, which it takes away when
// somebody needs the memory.
func resident(pid int) (own, mapped int64, err error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, 0, err
	}
	found := 0
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) != 3 {
			continue
		}
		into := map[string]*int64{"RssAnon:": &own, "RssFile:": &mapped}[string(fields[0])]
		if into == nil {
			continue
		}
		if *into, err = strconv.ParseInt(string(fields[1]), 10, 64); err != nil {
			return 0, 0, err
		}
		found++
	}
	if found != 2 {
		return 0, 0, errors.New("the process has no resident memory")
	}
	return own, mapped, nil
}
