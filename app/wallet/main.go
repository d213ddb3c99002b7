// Command wallet is the phone (移动设备 1 of CN103985036A): it reads a shop's
// code, shows its owner what is true, signs the payment in its secure unit and
// shows the payment code (steps 4 to 7, with a sensor of its own also 11).
//
// This package only wires: trusted verifies and signs, client leads the owner,
// screens draws.
package main

import (
	"runtime"

	"countersign/app/program"
)

const usage = `usage: wallet <command> [flags]

  enrol           enrol this phone at the authority
                  --authority URL --code-file FILE [--by-hash] [--settlement URL] [--init-token --so-pin-file FILE]
  account add     register an account to this phone's key at settlement
                  --number NUMBER --activation-file FILE --settlement URL
  account remove  take an account off again
                  --number NUMBER --settlement URL
  accounts        list the accounts, one JSON object a line
  pending         list the payments without a known outcome, one JSON object a line
  run             open the phone's window
                  --settlement URL [--camera ADDRESS] [--sensor PORT] [--language en|zh] [--size WxH] [--announce]

All take --pin-file FILE [--token LABEL] [--module FILE] [--log FILE] [--authority URL].
What the phone keeps lies in its token.
`

func main() {
	runtime.LockOSThread() // the window belongs to the first thread
	program.Program{
		Usage: usage,
		Commands: map[string]program.Command{
			"enrol": enrol, "account add": addAccount, "account remove": removeAccount, "accounts": listAccounts, "pending": listPending, "run": open,
		},
	}.Main()
}
