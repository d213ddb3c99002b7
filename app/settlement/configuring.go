package main

import (
	"cmp"
	"flag"
	"io"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/program/configuring"
	"countersign/app/settlement/settle"
)

// serveFlags are all flags of serve.
type serveFlags struct {
	settings
	cards            acquirerSettings
	fingers          fingerSettings
	virtual          cardSettings
	watched          watching
	stores           storeSettings
	listen, database *string
}

func (s *serveFlags) register(flags *flag.FlagSet) {
	s.settings.register(flags)
	s.cards.register(flags)
	s.fingers.register(flags)
	s.virtual.register(flags)
	s.watched.register(flags)
	s.stores.register(flags)
	s.listen = flags.String("listen", "127.0.0.1:0", "`address` to answer devices at")
	s.database = databaseFlag(flags)
}

// configured says which flags of serve are in which section of settlement's
// configuration file.
func configured() configuration.Declaration {
	return configuration.Declaration{
		Program: "settlement",
		About:   "Configuration of a Countersign settlement server.",
		Sections: []configuration.Section{
			{Name: "machine", About: "What settlement keeps on this machine, or in a database.", Keys: []configuration.Key{
				{Flag: "data", About: "Directory of ledger and administration; made if missing.", Example: "/var/lib/countersign/settlement"},
				{Flag: "database-file", About: "File with the address of a PostgreSQL database for the ledger, which may hold a password; without it the " +
					"ledger is in the data directory.", Example: "/etc/countersign/settlement-database"},
				{Flag: "log", About: "Log file; standard error without it, which a service manager collects.", Example: "/var/log/countersign/settlement.log"},
			}},
			{Name: "token", About: "The secure unit with settlement's keys.", Keys: []configuration.Key{
				{Flag: "token"},
				{Flag: "pin-file", Example: "/run/credentials/countersign-settlement.service/pin"},
				{Flag: "module", About: "PKCS#11 library; SoftHSM 2 without it.", Example: "/usr/lib/softhsm/libsofthsm2.so"},
			}},
			{Name: "network", About: "Where settlement answers, and whom it asks.", Keys: []configuration.Key{
				{Flag: "listen", About: "Address to answer devices at.", Example: "0.0.0.0:8443"},
				{Flag: "authority", Example: "https://authority.example:8444"},
				{Flag: "metrics", About: "Address for /metrics and /healthz, plain HTTP without secrets; empty for none.", Example: "127.0.0.1:9464"},
				{Flag: "drain"},
				{Flag: "places"},
				{Flag: "queue"},
				{Flag: "queue-time"},
				{Flag: "reserved-places"},
			}},
			{Name: "finger", About: "How alike fingers have to be, and what serves instead of one.", Keys: []configuration.Key{
				{Flag: "finger-threshold", About: "The least score that counts as the same finger where no band says otherwise; 0 for the provisional one."},
				{Flag: "finger-bands", About: "The least scores by amount.", Example: "CNY=50.00:21,500.00:25,*:30", List: ","},
				{Flag: "pin-limit", About: "Up to which amounts a PIN on the phone serves instead of a finger.", Example: "CNY=50.00", List: ","},
				{Flag: "no-print", About: "What serves for owners without an enrolled print: refuse, or pin."},
				{Flag: "no-print-limit", About: `Up to which amounts it does with no-print = "pin".`, Example: "CNY=50.00", List: ","},
			}},
			{Name: "virtual-cards", About: "What wallets pay with by tap.", Keys: []configuration.Key{
				{Flag: "card-ceiling", About: "The amounts that a virtual card holds at most.", Example: "CNY=1000.00", List: ","},
				{Flag: "card-confirm-above", About: "Up to which amounts a virtual card pays without its owner's word.", Example: "CNY=200.00", List: ","},
				{Flag: "card-life", Example: "8760h"},
			}},
			{Name: "acquirer", About: "The bank that bank cards are charged at, by ISO 8583.", Keys: []configuration.Key{
				{Flag: "acquirer", Example: "acquirer.example:8583"},
				{Flag: "acquirer-plain"},
				{Flag: "acquirer-ca", Example: "/etc/countersign/acquirer-ca.pem"},
				{Flag: "acquirer-cert", Example: "/etc/countersign/acquirer-cert.pem"},
				{Flag: "acquirer-key", Example: "/etc/countersign/acquirer-key.pem"},
				{Flag: "acquirer-institution", Example: "123456"},
				{Flag: "acquirer-merchant", Example: "123456789012345"},
				{Flag: "acquirer-terminal", Example: "12345678"},
				{Flag: "acquirer-category"},
				{Flag: "acquirer-connections"},
				{Flag: "acquirer-timeout"},
			}},
			{Name: "store-pages", About: "The pages on which shops see their takings.", Keys: []configuration.Key{
				{Flag: "store-listen", About: "Address for the shops' pages, HTTPS; empty for none.", Example: "0.0.0.0:8445"},
				{Flag: "store-cert", Example: "/etc/countersign/store-cert.pem"},
				{Flag: "store-key", Example: "/etc/countersign/store-key.pem"},
				{Flag: "store-timezone"},
			}},
			{Name: "ledger", About: "The proof of the ledger.", Keys: []configuration.Key{
				{Flag: "prove-at", About: "Time of the local day at which the ledger is proved; empty for never.", Example: "03:00"},
			}},
		},
		Register: func(flags *flag.FlagSet) { new(serveFlags).register(flags) },
	}
}

// configuringCommands handle the file.
func configuringCommands() configuring.Commands {
	return configuring.Commands{Declaration: configured(), Check: func(args []string, errOut io.Writer) error {
		var s serveFlags
		flags := program.NewFlags("settlement config check", errOut)
		s.register(flags)
		origins, err := program.ParseConfigured(flags, args, configured())
		if err != nil {
			return err
		}
		var policy settle.Policy
		return program.Placed(cmp.Or(s.stores.check(), s.fingers.apply(&policy), s.virtual.apply(&policy)), origins)
	}}
}
