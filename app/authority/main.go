// Command authority is the certification authority (认证中心 4 of
// CN103985036A): it enrols, renews and revokes devices and archives sealed
// templates. Its keys PriA, X.509 CA and TLS stay in a PKCS#11 token; its
// registry is a file in the data directory.
//
// This package only wires: certification decides, store keeps, service and
// admin carry.
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

	"countersign/app/authority/admin"
	"countersign/app/authority/store"
	"countersign/protocol/problem"
)

const usage = `usage: authority <command> [flags]

  init     make the authority: keys in the token, registry in the data directory
           --name NAME [--init-token --so-pin-file FILE]
  serve    answer devices and administrators until SIGTERM
           [--listen HOST:PORT] [--host NAME[,NAME]]
  code     give out an enrolment code (prints CS1E:…)
           --role terminal|wallet|settlement|desk --subject ID [--name TEXT] [--host NAME[,NAME]] [--no-print]
  revoke   take back a device's certificates
           --subject ID
  devices  list the certified devices, one JSON object a line

init and serve take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE];
code, revoke and devices talk to the server running with the same --data DIR.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage ends the program with status 2.
var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"init": initialise, "serve": serve, "code": code, "revoke": revoke, "devices": devices,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(stderr, usage)
		return 2
	}
	err := commands[args[0]](ctx, args[1:], stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "error: %v\n\n%s", err, usage)
		return 2
	}
	fmt.Fprintf(stderr, "error: %v\n", err)
	if h := hint(err); h != "" {
		fmt.Fprintf(stderr, "hint: %s\n", h)
	}
	return 1
}

// hint returns what a person can do about err.
func hint(err error) string {
	var p *problem.Problem
	var h interface{ Hint() string }
	switch {
	case errors.As(err, &p):
		return p.Hint
	case errors.As(err, &h):
		return h.Hint()
	case errors.Is(err, store.ErrNotInitialised):
		return "Run authority init first."
	case errors.Is(err, store.ErrInitialised):
		return "Use another data directory. Nothing was changed."
	case errors.Is(err, store.ErrLocked):
		return "The authority is running already with this data directory."
	case errors.Is(err, admin.ErrNotRunning):
		return "Start it with authority serve, and check --data."
	}
	return ""
}
