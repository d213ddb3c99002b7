// Command demo takes a payment on one machine: it starts the built programs that
// lie beside it (authority, settlement, enrolment desk, wallet, terminal), each
// with its own secure unit, opens the terminal's window and the phone's, and
// plays the world between them: light for their cameras, fingers for their
// sensors, the network.
//
// It imports none of those programs and reaches into none of them: it knows what
// their windows show, what they announce and what they log.
//
// With a display a person plays both sides; without one, or with AUTO=1, the demo
// presses the real buttons itself.
//
// This package wires: shop sets everybody up, world is light and fingers, scene
// plays and judges.
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
	"strings"
	"syscall"

	"countersign/app/demo/display"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
)

const usage = `usage: demo [flags]

By the environment, as make demo passes it on:
  AUTO=1        play one sale without a person, on a display of its own
  RAIL=tap      pay by tap, the phone held to the reader; scan is offered as well
  SCENE=NAME    play a case that must not be paid, and see who refuses (several with commas between, or all):
%s  FINGER=phone  the phone has a fingerprint sensor of its own
  LANGUAGE=zh   in Chinese

Ends with status 0 when the sale was approved, 1 when it was refused or is unknown, as the last line says,
and 2 when it did not end as it must, or could not be played.

`

// settings are what is to be shown, and where.
type settings struct {
	bin, out       string
	auto           bool
	scene, finger  string
	rail           string
	language       string
	seed           uint64
	chosen         []scene.Scene
	display        string
	stdout, stderr io.Writer

	// For tests: how the counter is run, and that the cameras never rest.
	counter shop.Counter
	lively  bool
}

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

func main() {
	display.Quiet()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	s := &settings{stdout: stdout, stderr: stderr}
	err := s.parse(args, getenv)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	code := 0
	if err == nil {
		code, err = s.play(ctx)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "stopped")
		return 2
	case errors.Is(err, errClosed):
		return 0 // a person closed a window
	case err != nil:
		fmt.Fprintf(stderr, "error: %v\n", err)
		return 2
	}
	return code
}

func (s *settings) parse(args []string, getenv func(string) string) error {
	beside := "bin"
	if self, err := os.Executable(); err == nil {
		beside = filepath.Dir(self)
	}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(s.stderr)
	flags.StringVar(&s.bin, "bin", beside, "`directory` of the built programs")
	flags.StringVar(&s.out, "out", "demo-out", "`directory` for pictures of the screens, and for logs")
	flags.BoolVar(&s.auto, "auto", truth(getenv("AUTO")), "play without a person")
	flags.StringVar(&s.scene, "scene", getenv("SCENE"), "`cases` to be played, with commas between")
	flags.StringVar(&s.finger, "finger", getenv("FINGER"), "\"phone\": the phone has a sensor of its own")
	flags.StringVar(&s.rail, "rail", getenv("RAIL"), "`way` to pay when no scene is asked for, scan or tap")
	flags.StringVar(&s.language, "language", language(getenv("LANGUAGE")), "`tag` of the language, en or zh")
	flags.Uint64Var(&s.seed, "seed", 1, "`number` that chooses the cameras' light and the made-up account")
	flags.Usage = func() {
		var names strings.Builder
		for _, c := range scene.Scenes() {
			fmt.Fprintf(&names, "                %-17s%s\n", c.Name, c.About)
		}
		fmt.Fprintf(s.stderr, usage, names.String())
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	s.display = getenv("DISPLAY")
	return s.check(flags)
}
