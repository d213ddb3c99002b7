// Command terminal is the kiosk at the counter (支付设备 2 of CN103985036A): the
// cashier keys an amount, the customer scans and shows codes and places a
// finger, settlement answers.
//
// This package only wires: sale takes the payment, journal keeps what happened,
// screens draws; the devices and settlement's client do their work in their own
// packages.
//
// # From one program to the next
//
// A process has one window at a time, and goes on as another of its kind when that is
// closed (goon_unix.go puts the same executable in its place, goon_windows.go starts it
// anew): the till to sell with (run.go), a till to learn on (learning.go), the first run of
// a terminal that is not set up (welcoming.go, welcomingdevices.go), and the list of what is
// wrong with settings that cannot be used (misconfigured.go). So no window has to undo what
// another has opened, and whoever started the process still has it.
//
// # Where settings are from
//
// The command line, the environment, the installer's file (configuring.go says what is in
// it), then what the terminal was told when it was set up, which it keeps beside its data,
// and the devices that it finds (keeping.go). run needs nothing but the data folder and the
// token's PIN: what nobody has said, the first run asks for, or enrol has kept.
package main

import (
	"errors"
	"os"

	"countersign/app/program"
	"countersign/devices/camera"
	"countersign/devices/fingerprint/extraction"
)

const usage = `usage: terminal <command> [flags]

  enrol           have this terminal certified by the authority (step 1)
                  --authority URL --code CS1E:… | --code-file FILE [--init-token --so-pin-file FILE]
                  [--settlement URL] [--merchant REFERENCE] [--manager NAME --manager-pin-file FILE], which are kept: may be
                  interrupted and run again, and ends in a terminal that can sell
  run             open the kiosk's window and take payments (steps 2 to 15); a terminal that is not set up yet is set up there
                  [--wizard=false] [--init-token --so-pin-file FILE]
                  [--settlement URL] [--merchant REFERENCE] [--camera ADDRESS] [--sensor PORT] [--currency CNY] [--quick 10,20,50] [--language en] [--size 1280x800] [--full-screen]
                  [--light] [--high-contrast] [--announce]
                  [--reader any [--tap-most 1000] [--tap-card-most 2000] [--tap-unsent 500] [--tap-unsent-most 50000]]
                  [--no-finger refuse|pin [--pin-most 200]] [--life 60s] [--finger-wait 30s] [--ask-for 60s]
                  [--cashier NAME --cashier-pin-file FILE]
  doctor          look at token, certificates, clock, devices, disk, journal and network, and say what to do about what
                  is not well; also while the terminal runs. Flags as of run, and [--json]; status 1 if something is bad
  support-bundle  pack what the doctor finds, settings, logs and the journal's verification into a ZIP, without secrets,
                  for whoever mends the terminal: --out FILE; flags as of run
  staff add       add somebody: --name NAME --role cashier|manager|installer; the first is a manager
  staff pin       change a PIN: --name NAME
  staff unlock    let somebody try again after too many wrong PINs: --name NAME
  staff remove    remove somebody: --name NAME
                  each with --by MANAGER [--by-pin-file FILE] [--pin-file FILE]; PINs without a file are
                  lines of standard input, the manager's first
  staff list      list the staff, a JSON line each
  shift close     close the open shift: lodge the journal's head, compare the shift with settlement
                  --settlement URL --by NAME [--by-pin-file FILE]
  receipt         write one sale's receipt as PDF or text, also while the terminal runs: --number N --shop-name NAME
                  [--format pdf|roll|text] [--out FILE] [--shop-lines A|B] [--language en]
  report list     list the Z reports of a terminal that does not run, newest first, a JSON line each
  reconcile       compare the journal with what settlement booked, line by line; status 1 if they differ
                  --settlement URL --day 2026-11-22 | --from TIME --to TIME (2026-11-22T08:00:00+08:00)
  journal verify  check the journal and its copy from the first record, and change neither; status 1 and the
                  first record that does not fit if they do not hold
  journal export  write sales and refunds for other programs, also while the terminal runs
                  [--format csv|csv-bom|jsonl] [--out FILE] [--zone Asia/Shanghai] [--day DAY | --from DAY --to DAY]
                  [--cashier NAME] [--rail scan|tap|cash] [--ending paid,refunded] [--text WORDS] [--problems]
  config check    say what is wrong with the configuration file and the environment, all in one go
  config show     show every value with where it is from, without what is secret [--json]
  config example  print a file with every key, commented
  config fetch    replace the file by one from a provisioning server, whole or not at all; the old one is kept
                  --url https://… [--sha256 DIGITS] [--ca FILE]

Flags that are not given are taken from the environment (COUNTERSIGN_TERMINAL_CAMERA for --camera), then from the
file of --config FILE or COUNTERSIGN_TERMINAL_CONFIG, of an installed terminal /etc/countersign/terminal.toml.

All take --data DIR; enrol, run, shift and reconcile take --token LABEL --pin-file FILE [--module FILE] [--authority URL] [--log FILE].
`

func main() {
	if extraction.Child(os.Args) { // the other end of extraction.New
		return
	}
	program.Program{
		Usage: usage, Hint: hint,
		Commands: configuringCommands().In(map[string]program.Command{
			"enrol": enrol, "run": open, "doctor": examine, "support-bundle": supportBundle, "journal verify": verifyJournal, "journal export": exportJournal, "reconcile": reconciliation,
			"shift close": shiftClosing, "report list": listReports, "receipt": receiptCommand,
			"staff add": staffing("add"), "staff pin": staffing("pin"), "staff unlock": staffing("unlock"),
			"staff remove": staffing("remove"), "staff list": staffing("list"),
		}),
	}.Main()
}

// hint tells what a person can do about the camera, whose errors say it in a
// field, and about the staff's desk.
func hint(err error) string {
	var lens *camera.Error
	if errors.As(err, &lens) {
		return lens.Hint
	}
	return staffHint(err)
}
