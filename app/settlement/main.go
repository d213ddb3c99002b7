// Command settlement is the payment settlement server (支付结算服务器 3 of
// CN103985036A): it opens and verifies submissions, compares fingers, moves
// money and answers with signed outcomes. Its keys stay in a PKCS#11 token; its
// ledger is a file in the data directory.
//
// This package only wires: settle decides, ledger keeps, service carries what
// devices say and admin what the operator does.
package main

import (
	"errors"

	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/settlement/ledger"
)

const usage = `usage: settlement <command> [flags]

  enrol          have the authority certify this server
                 --authority URL --code-file FILE --host NAME[,NAME] [--init-token --so-pin-file FILE]
  serve          answer terminals, wallets and operators until SIGTERM
                 [--listen HOST:PORT] [--authority URL] [--finger-bands CUR=AMOUNT:SCORE[,AMOUNT:SCORE]…[,*:SCORE]]
                 [--finger-threshold SCORE] [--pin-limit CUR=AMOUNT[,CUR=AMOUNT]]
                 [--no-print refuse | --no-print pin --no-print-limit CUR=AMOUNT[,CUR=AMOUNT]]
                 [--database-file FILE]
                 [--acquirer HOST:PORT --acquirer-institution N --acquirer-merchant ID --acquirer-terminal ID
                 [--acquirer-plain | --acquirer-ca FILE --acquirer-cert FILE --acquirer-key FILE]]
                 [--card-ceiling CUR=AMOUNT] [--card-confirm-above CUR=AMOUNT] [--card-life 8760h]
                 [--store-listen HOST:PORT [--store-cert FILE --store-key FILE] [--store-timezone ZONE]]
                 [--metrics HOST:PORT] [--prove-at 03:00] [--drain 0s]
                 [--places 64] [--queue 64] [--queue-time 1s] [--reserved-places 32]
  merchant add   add a merchant account, or one more terminal to it
                 --reference R --terminal T --currency CUR [--name TEXT]
  merchant payout  give a merchant its money
                 --merchant M --amount 100.00 --reference R
  acquirer cleared  book what the acquirer has paid out of what it owed
                 --currency CUR --amount 100.00 --reference R
  account add    add a payer account (prints its activation code)
                 --number N --kind bank-card|credit-card|third-party|prepaid --currency CUR
  account code   replace the activation code of an account (prints it)
                 --number N
  account load   bring money into an account
                 --number N --amount 100.00 [--reference R]
  account list   list all accounts, one JSON object a line [--full]
  card list      list virtual cards, one JSON object a line
  card show      show one with its chain of deductions
                 --card MARK
  card block     refuse a card from now on; card unblock lifts that
                 --card MARK --reason TEXT
  card close     settle a deduction that its wallet reported and no terminal hands in
                 --card MARK --counter N --to shop|card --reason TEXT [--merchant M] [--hash HEX]
  card release   give what a blocked card holds back to its account
                 --card MARK --reference R
  wallet list    list wallets with failed fingers, and which are locked, one JSON object a line
  wallet unlock  forget the failed fingers of a wallet
                 --subject W --reason TEXT
  finger list    list what became of each comparison of a finger, one JSON object a line
                 [--wallet W] [--since 720h]
  store-user add     let somebody look at a shop's page, or give them a new password
                 --merchant R --name NAME --password-file FILE
  store-user remove  take that back
                 --merchant R --name NAME
  store-user list    list who may, one JSON object a line [--merchant R]
  proof          check every invariant of the ledger; status 1 if one is broken
                 [--database-file FILE]
  backup         save the whole ledger, also while the server sells; the keys stay in the token
                 --out FILE [--database-file FILE]
  restore        make the ledger out of a backup, in an empty place, and prove it
                 --in FILE [--check] [--accept-broken] [--database-file FILE]
  config         check, show, example or fetch: settlement's configuration file
                 config fetch --url https://… [--sha256 DIGITS] [--ca FILE]; config show [--json]

Flags that are not given are taken from the environment (COUNTERSIGN_SETTLEMENT_LISTEN for --listen), then from the file
of --config FILE or COUNTERSIGN_SETTLEMENT_CONFIG, of an installed server /etc/countersign/settlement.toml.
enrol and serve take --data DIR --token LABEL --pin-file FILE [--module FILE] [--log FILE];
the others talk to the server running with the same --data DIR.

--database-file names a file with the address of a PostgreSQL database for the ledger,
such as postgres://settlement:secret@db.example/settlement: several servers may share it.
`

func main() {
	program.Program{
		Usage: usage, Hint: hint,
		Commands: configuringCommands().In(map[string]program.Command{
			"enrol": enrol, "serve": serve, "merchant add": addMerchant, "account add": addAccount, "account code": newCode,
			"account load": load, "merchant payout": payout, "acquirer cleared": cleared, "account list": list, "wallet unlock": unlock, "wallet list": listWallets, "finger list": listFingers, "proof": prove, "backup": backUp, "restore": restore,
			"store-user add": addStoreUser, "store-user remove": removeStoreUser, "store-user list": listStoreUsers,
			"card list": listCards, "card show": showCard, "card block": blockCard, "card unblock": unblockCard, "card release": releaseCard, "card close": closeDeduction,
		}),
	}.Main()
}

// hint returns what a person can do about err.
func hint(err error) string {
	switch {
	case errors.Is(err, adminsocket.ErrNotRunning):
		return "Start it with settlement serve, and check --data."
	case errors.Is(err, errLocked):
		return "Settlement is running already with this data directory."
	case errors.Is(err, ledger.ErrUnavailable):
		return "Check that the database runs, and the address in --database-file."
	case errors.Is(err, ledger.ErrNewer):
		return "Install the version of this program that the database was used with last."
	}
	return backupHint(err)
}
