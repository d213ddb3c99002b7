// Command hardwareenvironment stands between the wallet's client and its trusted
// application (硬件环境模块 of CN103942678A). The client starts it; it starts the
// trusted application, makes the memory that the two share, passes their messages
// on, records what passes and supervises. Package mediation does it; this package
// only reads the command line.
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

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/mediation"
	"countersign/app/wallet/tee/monitor"
)

const usage = `usage: hardwareenvironment --log FILE [flags] -- PROGRAM [ARGUMENT...]
       hardwareenvironment --verify FILE

  The wallet starts the first form, with its messages on file descriptor 3.
  --log FILE          record what passes into FILE
  --log-bytes N       turn the record over at N bytes (4194304)
  --log-files N       keep N files (8)
  --region-bytes N    share N bytes of memory, each way (4194304)
  --grace DURATION    how long the trusted application has to end by itself (5s)
  --verify FILE       check a record instead, and say what it holds
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "hardwareenvironment:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("hardwareenvironment", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	log := flags.String("log", "", "")
	verify := flags.String("verify", "", "")
	var limits monitor.Limits
	flags.Int64Var(&limits.Bytes, "log-bytes", 0, "")
	flags.IntVar(&limits.Files, "log-files", 0, "")
	var settings mediation.Settings
	flags.IntVar(&settings.RegionBytes, "region-bytes", tee.DefaultRegion, "")
	flags.DurationVar(&settings.Grace, "grace", 0, "")
	err := flags.Parse(args)
	switch {
	case err != nil:
		return errUsage
	case *verify != "" && *log == "" && flags.NArg() == 0:
		return check(*verify, out)
	case *log == "" || flags.NArg() == 0:
		return errUsage
	}
	return mediation.Run(ctx, flags.Args(), *log, limits, settings)
}

// check verifies a record and says what it holds.
func check(path string, out io.Writer) error {
	summary, err := monitor.Read(path, nil)
	if err != nil {
		return err
	}
	torn := ""
	if summary.Torn {
		torn = "; the last line is not whole"
	}
	_, err = fmt.Fprintf(out, "%d files, lines %d to %d, chain %s%s\n", summary.Files, summary.First, summary.Last, summary.Chain, torn)
	return err
}
