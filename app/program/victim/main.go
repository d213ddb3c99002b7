package victim

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Main is a victim's: it calls run with the command line and with a talk over
// standard input and output, and ends the process: with status 1 where run fails.
// SIGTERM and an interrupt end the context.
func Main(run func(ctx context.Context, args []string, talk *Talk) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], NewTalk(os.Stdin, os.Stdout))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
