// Command trustedapplication is the wallet's trusted application module
// (可信应用模块 of CN103942678A): the process that alone opens the secure unit,
// verifies, signs, asks the owner for the PIN and draws the trusted screen. The
// hardware environment starts it for the wallet's client application, which
// reaches it by the commands of package commands and by nothing else.
//
// It has no network: TLS with authority and settlement ends here, and the client
// carries the bytes. What it was given at the start it holds; what it does not
// need any more is taken away before the first command (package confinement).
//
// This package only wires: trusted decides, screens draws, enrolment and
// settlementclient speak to the services.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"countersign/app/program"
)

func main() {
	runtime.LockOSThread() // the trusted window belongs to the first thread
	// An interrupt at the terminal is the client's to heed, which ends this process
	// in order.
	signal.Ignore(os.Interrupt)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := serve(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "trustedapplication: %v\n", err)
		if errors.Is(err, program.ErrUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}
