// Command enrol is the officer's enrolment desk (指纹采集设备 of the
// certification authority, CN103985036A claim 2 step B): it captures the
// owner's finger, seals its template to settlement and has the authority make
// the enrolment code for the owner's wallet.
//
// This package only wires; package capture takes the finger.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"countersign/app/program"
)

const usage = `usage: enrol <command> [flags]

  join     enrol this desk at the authority
           --authority URL --code-file FILE [--init-token --so-pin-file FILE]
  capture  take the finger of a wallet's owner (prints CS1E:… for the wallet)
           --wallet ID --sensor PORT --consent [--code-out FILE] [--minutiae 40|60] [--authority URL]

Both take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE].
`

func main() {
	program.Program{
		Usage:    usage,
		Commands: map[string]program.Command{"join": with(join), "capture": with(captureFinger)},
	}.Main()
}

// streams are the program's three.
type streams struct {
	in       *os.File
	out, err io.Writer
}

// with gives a command the standard input, where the officer presses Enter, and
// says of one that was stopped that it was.
func with(command func(context.Context, []string, streams) error) program.Command {
	return func(ctx context.Context, args []string, out, errOut io.Writer) error {
		err := command(ctx, args, streams{os.Stdin, out, errOut})
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("stopped before it was done: %w", err)
		}
		return err
	}
}
