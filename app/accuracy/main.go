// Command accuracy measures how good the comparison of fingers is, on prints that
// are given to it: rates of error by every extractor there is, a DET curve, and
// the thresholds that follow.
//
//	accuracy --data FOLDER [--out FOLDER] [--dpi [BASE=]N]… [--made-up BASE]… [--extractors NAME,…] [--cache FOLDER] [--jobs N]
//
// The prints are files FINGER_IMPRESSION.png, .bmp or .tif in FOLDER and those below
// it; each folder that has some is a data base (package prints). Within a data base
// all impressions of a finger are compared with one another (genuine) and all impressions of
// different fingers (impostor); scores are pooled over the data bases. What cannot be
// read or has too few minutiae for a template scores 0 in all of its comparisons.
//
// A threshold is taken from real prints alone: data bases that are made up (by
// --made-up, by a file MADE-UP in the folder, or because their first prints are known
// to be) count in the rates and not in the thresholds.
//
// Nothing of the prints is kept, unless --cache says where: then it is their minutiae.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := command(ctx, os.Args[1:], os.Stdout, time.Now)
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

// command runs what the arguments say.
func command(ctx context.Context, args []string, out io.Writer, now func() time.Time) error {
	o := options{dpi: resolutions{otherwise: 500}, now: now}
	flags := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.data, "data", "", "the `folder` of prints; without it nothing is measured")
	flags.StringVar(&o.out, "out", "dist/fingerprint", "the `folder` for det.png and thresholds.json")
	flags.Var(&o.dpi, "dpi", "the resolution of pictures that tell none, `[BASE=]N`; may be repeated (default 500)")
	flags.Func("made-up", "a data `base` whose prints were made up, or all; may be repeated", o.madeUp.add)
	flags.Func("extractors", "which to measure, by `name,…` (default all: "+strings.Join(names(extractors()), ",")+")", o.choose)
	flags.StringVar(&o.cache, "cache", "", "the `folder` that keeps minutiae for the next time, outside of the project")
	flags.IntVar(&o.jobs, "jobs", 2, "how many prints are read or compared at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected %q", flags.Arg(0))
	}
	if o.data == "" {
		_, err := fmt.Fprintln(out, "not measured: --data names no folder of prints")
		return err
	}
	if o.extractors == nil {
		o.extractors = extractors()
	}
	return o.run(ctx, out)
}
