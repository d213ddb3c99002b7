// Command updater brings a machine's Countersign to another version, and back where that
// does not come up. Packages install it as countersign-update.
//
// This package only wires: updatefile reads what is signed, steps goes from step to step,
// debian installs, health looks whether the program is well.
package main

import (
	"errors"

	"countersign/app/program"
	"countersign/app/updater/debian"
	"countersign/app/updater/steps"
	"countersign/app/updater/updatefile"
)

const usage = `usage: countersign-update <command> [flags]

  verify   say what an update file holds, if an installed key signed it: --file FILE
  apply    install it, wait until the terminal is well, and go back where it does not become so
           --file FILE [--rollback] [--no-way-back]
  keep     keep the file of the installed version, so that there is a way back to it: --file FILE
  back     go back to a version that is kept: --version VERSION
  resume   end what a power cut has interrupted; a machine does so at every start
  status   say which step is under way, how the last update ended and what is kept
  make     make and sign an update file: --key FILE --out FILE --version VERSION [--product NAME]
           --minimum VERSION --released DAY --expires DAY --packages FILE,FILE… [--architecture NAME]

apply, keep, back, resume and status take [--state DIR] [--keys DIR] [--package NAME] [--unit NAME] [--doctor PROGRAM]
[--root DIR] [--settle 20s] [--wait 5m] [--log FILE]. Status 0: done, and the terminal is well; 1: not, an error says why.
`

func main() { updater().Main() }

func updater() program.Program {
	return program.Program{
		Usage: usage, Hint: hint,
		Commands: map[string]program.Command{
			"verify": verify, "apply": apply, "keep": keep, "back": back, "resume": resume, "status": status, "make": produce,
		},
	}
}

// hint says what a person can do.
func hint(err error) string {
	for _, h := range []struct {
		of   error
		text string
	}{ // what wraps others comes first
		{steps.ErrNoWayBack, "keep the update file of the installed version first, with \"keep --file FILE\"; or give --no-way-back"},
		{steps.ErrTakenBack, "the terminal works as before; send a support bundle to whoever made the version"},
		{steps.ErrStuck, "call the installer: \"status\" says what is wrong, \"apply\" and \"back\" may be tried"},
		{steps.ErrUnfinished, "\"resume\" ends it"},
		{updatefile.ErrSignature, "get the file again from where the releases are; one that an old key signed needs an older version in between"},
		{updatefile.ErrTampered, "get the file again: it was changed or cut short on its way"},
		{updatefile.ErrNotNewer, "to install an older version on purpose give --rollback, or go back to a kept one with \"back\""},
		{updatefile.ErrTooOld, "install a version in between first"},
		{updatefile.ErrExpired, "get a newer file; if this one is new, look at the machine's clock"},
		{debian.ErrNotInstalled, "install the package with apt first; updates follow"},
	} {
		if errors.Is(err, h.of) {
			return h.text
		}
	}
	return ""
}
