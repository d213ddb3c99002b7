// Command wallet is the client application module (客户端应用模块 of CN103942678A)
// of the phone (移动设备 1 of CN103985036A): it reads a shop's code with its camera,
// leads the owner and shows the payment code (steps 4, 6 and 7), and carries the
// bytes between the trusted application and the services.
//
// It holds no key, no PIN and no session with the secure unit. Those are in the
// trusted application, a process of its own (package trusted and the program below
// it), which verifies, asks, signs and reads the phone's own sensor (steps 5, 6 and
// 11), and which this one starts by way of the hardware environment and reaches by
// numbered commands alone (packages tee and trusted/commands). Whoever takes this
// process over can show the owner lies on the ordinary window, and no more: nothing
// is signed that the trusted application has not verified.
//
// This package only wires: client leads the owner, screens draws, session keeps in
// touch with the trusted application.
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
  pin set         set the owner's PIN, on the trusted screen or from files that the trusted application alone reads
                  [--new-file FILE [--old-file FILE] [--phrase-file FILE]] [--language en|zh]
  trusted         tell what the trusted application has, and what was taken away from it
  card apply      apply for a virtual card, which pays by tap
                  --settlement URL [--account INDEX]; one that is blocked or was set back gives way to another, with the owner's PIN
  card load       top it up
                  --amount AMOUNT --settlement URL [--waiting]
  card transfer   give money to another card, whose number is on standard input
                  --to - --amount AMOUNT --settlement URL
  card number     show the owner the card's number, on the trusted screen alone: whoever is to send money to it needs it
  card clock      have the owner say, on the trusted screen, that the clock is right although it was ahead once
  card status     tell how it stands, as one JSON object
                  [--settlement URL]
  run             open the phone's window
                  --settlement URL [--radio ADDRESS] [--camera ADDRESS] [--sensor PORT] [--language en|zh] [--size WxH] [--announce]

All take --pin-file FILE [--token LABEL] [--module FILE] [--log FILE] [--authority URL]
[--trusted PROGRAM] [--environment PROGRAM] [--record FILE]. The programs trustedapplication and
hardwareenvironment lie beside this one. What the phone keeps lies in its token.
`

func main() {
	runtime.LockOSThread() // the window belongs to the first thread
	program.Program{
		Usage: usage,
		Commands: map[string]program.Command{
			"enrol": enrol, "account add": addAccount, "account remove": removeAccount, "accounts": listAccounts, "pending": listPending,
			"pin set": setPIN, "trusted": describe, "run": open,
			"card apply": applyCard, "card load": loadCard, "card transfer": transferCard, "card status": cardStatus, "card number": showNumber, "card clock": trustClock,
		},
	}.Main()
}
