// Package program is what the commands of Countersign have in common: how a
// program finds its command, which flags open a secure unit, where its log goes,
// and how it tells a person what went wrong.
//
// # Conventions
//
//   - A program is called as "<program> <command> [flags]"; a command is one word
//     or two.
//   - It ends with status 0 when the command was carried out, 1 when it failed
//     and 2 when it was called wrongly. SIGTERM and SIGINT end the context.
//   - What went wrong is a line "error: …" on standard error, and a line
//     "hint: …" where a person can do something about it.
//   - What scripts read is one JSON object a line on standard output. The log is
//     JSON as well, on standard error or in a file of its own.
//   - A PIN is in a file, never on the command line, where others see it.
//
// The package decides nothing about what a command does. The packages below it
// are for servers: the socket for their administration, the frame of their
// services, the admission of messages, their metrics. What programs share with
// those that start them, kill them or try them is there too: subprocess for
// starters, victim and processtree for what is started to be killed, programtest
// and virtualrealm for tests; and pinhash for whoever keeps a PIN.
package program

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

// ErrUsage is wrapped by the errors of a command that was called wrongly: the
// program ends with status 2 and shows its usage.
var ErrUsage = errors.New("wrong usage")

// Usagef is an error that wraps [ErrUsage].
func Usagef(format string, a ...any) error {
	return fmt.Errorf("%w: %w", ErrUsage, fmt.Errorf(format, a...))
}

// Command carries out one command. args are its flags.
type Command func(ctx context.Context, args []string, out, errOut io.Writer) error

// Program is a program by its commands.
type Program struct {
	// Usage is the text that tells all commands and flags.
	Usage string
	// Commands are by name, one word or two: "serve", "account add".
	Commands map[string]Command
	// Hint returns what a person can do about an error of the program's own, or
	// nothing. It is asked before [Hint]; nil asks that alone.
	Hint func(error) string
}

// Main carries out the command that the process was called with and ends the
// process. SIGTERM and SIGINT end the command's context.
func (p Program) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	status := p.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Run carries out a command and returns the exit status.
func (p Program) Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	if len(args) == 1 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h") {
		fmt.Fprint(out, p.Usage)
		return 0
	}
	command, rest := p.choose(args)
	if command == nil {
		fmt.Fprint(errOut, p.Usage)
		return 2
	}
	err := command(ctx, rest, out, errOut)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, ErrUsage):
		fmt.Fprintf(errOut, "error: %v\n\n%s", err, p.Usage)
		return 2
	}
	fmt.Fprintf(errOut, "error: %v\n", err)
	if hint := p.hint(err); hint != "" {
		fmt.Fprintf(errOut, "hint: %s\n", hint)
	}
	return 1
}

// choose finds a command of one or two words.
func (p Program) choose(args []string) (command Command, rest []string) {
	for words := 1; words <= min(2, len(args)); words++ {
		name := args[0]
		if words == 2 {
			name += " " + args[1]
		}
		if command := p.Commands[name]; command != nil {
			return command, args[words:]
		}
	}
	return nil, nil
}

func (p Program) hint(err error) string {
	if p.Hint != nil {
		if hint := p.Hint(err); hint != "" {
			return hint
		}
	}
	return Hint(err)
}

// Hint returns what a person can do about an error, or nothing: what a service
// advised comes first, then what an error itself says by a method Hint.
func Hint(err error) string {
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
