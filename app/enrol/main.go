// Command enrol is the officer's enrolment desk (指纹采集设备 of the
// certification authority, CN103985036A claim 2 step B): it captures the
// owner's finger, seals its template to settlement and has the authority make
// the enrolment code for the owner's wallet. OFFICERS.md is the officer's guide.
//
// This package only wires: package visit serves an owner, capture takes the
// finger, screens draws.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"countersign/app/program"
	"countersign/devices/fingerprint/extraction"
)

const usage = `usage: enrol <command> [flags]

  join     enrol this desk at the authority
           --authority URL --code-file FILE [--init-token --so-pin-file FILE]
  desk     open the desk's window: consent, finger, enrolment code; erasure
           --sensor PORT [--officer NAME] [--language en|zh] [--full-screen] [--minutiae 40|60] [--authority URL]
  capture  take the finger of a wallet's owner (prints CS1E:… for the wallet)
           --wallet ID --sensor PORT --consent [--finger N] [--officer NAME] [--code-out FILE] [--minutiae 40|60] [--authority URL]
  no-print state that a wallet's owner has no readable print (prints CS1E:… for the wallet)
           --wallet ID --reason TEXT [--officer NAME] [--code-out FILE] [--authority URL]
  erase    have the template of a wallet's owner erased, on the owner's request
           --wallet ID --reason TEXT [--officer NAME] [--authority URL]

All take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE].
`

func main() {
	if extraction.Child(os.Args) {
		return
	}
	program.Program{
		Usage: usage,
		Commands: map[string]program.Command{
			"join": with(join), "desk": with(openDesk), "capture": with(captureFinger), "no-print": with(noPrint), "erase": with(erase),
		},
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
