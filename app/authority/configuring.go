package main

import (
	"flag"

	"countersign/app/program/configuration"
	"countersign/app/program/configuring"
)

// serveFlags are all flags of serve.
type serveFlags struct {
	settings
	listen, hosts, watchAt string
}

func (s *serveFlags) register(flags *flag.FlagSet) {
	s.Register(flags, "authority")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:0", "`address` to answer devices at")
	flags.StringVar(&s.hosts, "host", "", "host `names` in the TLS certificate, comma-separated (default localhost, 127.0.0.1, ::1 and the host of --listen)")
	flags.StringVar(&s.watchAt, "metrics", "", "`address` for /metrics and /healthz, plain HTTP without secrets, such as 127.0.0.1:9465 (default none)")
}

// configured says which flags of serve are in which section of the authority's
// configuration file.
func configured() configuration.Declaration {
	return configuration.Declaration{
		Program: "authority",
		About:   "Configuration of a Countersign authority.",
		Sections: []configuration.Section{
			{Name: "machine", About: "What the authority keeps on this machine.", Keys: []configuration.Key{
				{Flag: "data", About: "Directory of registry and administration; made if missing.", Example: "/var/lib/countersign/authority"},
				{Flag: "log", About: "Log file; standard error without it, which a service manager collects.", Example: "/var/log/countersign/authority.log"},
			}},
			{Name: "token", About: "The secure unit with the authority's keys.", Keys: []configuration.Key{
				{Flag: "token"},
				{Flag: "pin-file", Example: "/run/credentials/countersign-authority.service/pin"},
				{Flag: "module", About: "PKCS#11 library; SoftHSM 2 without it.", Example: "/usr/lib/softhsm/libsofthsm2.so"},
			}},
			{Name: "network", About: "Where the authority answers.", Keys: []configuration.Key{
				{Flag: "listen", About: "Address to answer devices at.", Example: "0.0.0.0:8444"},
				{Flag: "host", About: "Host names in its TLS certificate; without them localhost, 127.0.0.1, ::1 and the host of listen.",
					Example: "authority.example", List: ","},
				{Flag: "metrics", About: "Address for /metrics and /healthz, plain HTTP without secrets; empty for none.", Example: "127.0.0.1:9465"},
			}},
		},
		Register: func(flags *flag.FlagSet) { new(serveFlags).register(flags) },
		Own:      map[string][]string{"code": {"host"}}, // the device's
	}
}

// configuringCommands handle the file.
func configuringCommands() configuring.Commands {
	return configuring.Commands{Declaration: configured()}
}
