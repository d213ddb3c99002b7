// Command authority is the certification authority (认证中心 4 of
// CN103985036A): it enrols, renews and revokes devices and archives sealed
// templates. Its keys PriA, X.509 CA and TLS stay in a PKCS#11 token; its
// registry is a file in the data directory.
//
// This package only wires: certification decides, store keeps, service and
// admin carry.
package main

import (
	"errors"

	"countersign/app/authority/store"
	"countersign/app/program"
	"countersign/app/program/adminsocket"
)

const usage = `usage: authority <command> [flags]

  init     make the authority: keys in the token, registry in the data directory
           --name NAME [--init-token --so-pin-file FILE]
  serve    answer devices and administrators until SIGTERM
           [--listen HOST:PORT] [--host NAME[,NAME]] [--metrics HOST:PORT]
  code     give out an enrolment code (prints CS1E:…)
           --role terminal|wallet|settlement|desk --subject ID [--name TEXT] [--host NAME[,NAME]] [--no-print]
  revoke   take back a device's certificates
           --subject ID
  erase    erase the template of a wallet's owner, on the owner's request
           --wallet ID --officer NAME --reason TEXT
  devices  list the certified devices, one JSON object a line
  erasures list what was erased and who asked for it, one JSON object a line
  backup   save the whole registry, also while the server answers; the keys stay in the token
           --out FILE
  restore  make the registry out of a backup, in an empty data directory
           --in FILE [--check]
  config   check, show, example or fetch: the authority's configuration file
           config fetch --url https://… [--sha256 DIGITS] [--ca FILE]; config show [--json]

Flags that are not given are taken from the environment (COUNTERSIGN_AUTHORITY_LISTEN for --listen), then from the file
of --config FILE or COUNTERSIGN_AUTHORITY_CONFIG, of an installed authority /etc/countersign/authority.toml.
init and serve take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE];
code, revoke, erase, devices and erasures talk to the server running with the same --data DIR.
`

func main() {
	program.Program{
		Usage: usage, Hint: hint,
		Commands: configuringCommands().In(map[string]program.Command{
			"init": initialise, "serve": serve, "code": code, "revoke": revoke, "erase": erase, "devices": devices, "erasures": erasures,
			"backup": backUp, "restore": restore,
		}),
	}.Main()
}

// hint returns what a person can do about err.
func hint(err error) string {
	switch {
	case errors.Is(err, store.ErrNotInitialised):
		return "Run authority init first."
	case errors.Is(err, store.ErrInitialised):
		return "Use another data directory. Nothing was changed."
	case errors.Is(err, store.ErrLocked):
		return "The authority is running already with this data directory."
	case errors.Is(err, adminsocket.ErrNotRunning):
		return "Start it with authority serve, and check --data."
	}
	return backupHint(err)
}
