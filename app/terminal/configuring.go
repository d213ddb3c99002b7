package main

import (
	"flag"
	"io"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/program/configuring"
)

// configured says which flags of run are in which section of the terminal's
// configuration file. Those that only serve one call, such as --code of enrol, are not.
func configured() configuration.Declaration {
	return configuration.Declaration{
		Program: "terminal",
		About:   "Configuration of a Countersign terminal: the kiosk at the counter.",
		Sections: []configuration.Section{
			{Name: "machine", About: "What the terminal keeps on this machine.", Keys: []configuration.Key{
				{Flag: "data", About: "Directory of journal, staff and preferences; made if missing.", Example: "/var/lib/countersign/terminal"},
				{Flag: "log", About: "Log file; standard error without it, which a service manager collects.", Example: "/var/log/countersign/terminal.log"},
			}},
			{Name: "token", About: "The secure unit with the terminal's keys.", Keys: []configuration.Key{
				{Flag: "token"},
				{Flag: "pin-file", Example: "/run/credentials/countersign-terminal.service/pin"},
				{Flag: "module", About: "PKCS#11 library; SoftHSM 2 without it.", Example: "/usr/lib/softhsm/libsofthsm2.so"},
				{Flag: "init-token"},
				{Flag: "so-pin-file", Example: "/run/credentials/countersign-terminal.service/so-pin"},
			}},
			{Name: "servers", About: "Whom the terminal talks to.", Keys: []configuration.Key{
				{Flag: "authority", About: "The authority's URL; without it the one where the terminal enrolled.", Example: "https://authority.example:8444"},
				{Flag: "settlement", Example: "https://settlement.example:8443"},
				{Flag: "wizard"},
			}},
			{Name: "shop", About: "Who sells, and what receipts say of the shop.", Keys: []configuration.Key{
				{Flag: "merchant", Example: "M-0001"},
				{Flag: "currency", About: "Code of ISO 4217."},
				{Flag: "shop-lines", About: "Lines below the shop's name on receipts, at most six.", Example: "1 High Street|Bath", List: "|"},
				{Flag: "tax-number", Example: "GB 123 4567 89"},
				{Flag: "foot-lines", About: "Lines at the end of receipts, at most six.", Example: "Thank you.", List: "|"},
				{Flag: "shop-name"},
			}},
			{Name: "till", About: "How the cashier works.", Keys: []configuration.Key{
				{Flag: "layout", About: "counter, where a cashier stands, or one-screen, where customers stand alone."},
				{Flag: "quick", List: ","},
				{Flag: "items", Example: "/etc/countersign/items.csv"},
				{Flag: "keyed-tax", About: "The tax that is in a price that was keyed, in per cent, as text."},
				{Flag: "tips", Example: "5,10,15", List: ","},
				{Flag: "cash"},
				{Flag: "lock-after", About: `Time without a touch after which the cashier's window locks; "0s" for never.`},
				{Flag: "cashier", About: "Who of the staff begins to work without signing in on the screen.", Example: "Ann"},
				{Flag: "cashier-pin-file", Example: "/etc/countersign/cashier-pin"},
				{Flag: "training"},
			}},
			{Name: "camera", About: "What reads the codes on customers' phones.", Keys: []configuration.Key{
				{Flag: "camera", About: "Number, device, file, or the address of motion JPEG."},
			}},
			{Name: "imager", About: "A hand-held reader of codes; one that types as a keyboard does needs nothing here.", Keys: []configuration.Key{
				{Flag: "imager", About: "Its serial port.", Example: "/dev/countersign/imager"},
			}},
			{Name: "finger", About: "The fingerprint sensor, and what serves where it cannot.", Keys: []configuration.Key{
				{Flag: "sensor"},
				{Flag: "finger-wait"},
				{Flag: "no-finger", About: "What serves where no finger can be read: refuse, or pin, which is verified on the phone."},
				{Flag: "pin-most", About: "The largest amount for which a PIN serves, as text; settlement has the last word."},
			}},
			{Name: "tap", About: "The contactless reader, and how much may be taken by taps.", Keys: []configuration.Key{
				{Flag: "reader", About: "A part of the reader's name, or any; empty for none.", Example: "any"},
				{Flag: "tap-most", About: "The largest amount of one tap, as text."},
				{Flag: "tap-card-most", About: "The most, as text, that one wallet's taps may come to while settlement has not answered."},
				{Flag: "tap-unsent"},
				{Flag: "tap-unsent-most", About: "What the taps may come to, as text, while settlement has not answered."},
			}},
			{Name: "printer", About: "The receipt printer, and the cash drawer at it.", Keys: []configuration.Key{
				{Flag: "printer", About: "Its address: serial:PORT?baud=N, usb:DEVICE or tcp:HOST; empty for none.", Example: "usb:/dev/countersign/printer"},
				{Flag: "printer-profile", About: "Its kind; a wrong one is answered with all that there are.", Example: "80mm-plain"},
				{Flag: "print"},
				{Flag: "drawer-pin", About: "Pin of the printer's drawer connector that opens the cash drawer: 2 or 5."},
				{Flag: "drawer-switch", About: "Level of the drawer's switch while it is open: high or low."},
			}},
			{Name: "screen", About: "What people see and hear.", Keys: []configuration.Key{
				{Flag: "language", About: "Tag of the language to begin with: en, zh or de."},
				{Flag: "size"},
				{Flag: "full-screen"},
				{Flag: "light"},
				{Flag: "high-contrast"},
				{Flag: "text-scale"},
				{Flag: "customer-display", About: "A second window for the customer: second for the second monitor, X,Y for the one with " +
					"that point of the desktop, or window for any; empty for none.", Example: "second"},
				{Flag: "sounds"},
				{Flag: "speech"},
				{Flag: "patience"},
			}},
			{Name: "times", About: "How long a sale waits.", Keys: []configuration.Key{
				{Flag: "life"},
				{Flag: "ask-for"},
			}},
			{Name: "diagnosis", About: "For those who look into a terminal.", Keys: []configuration.Key{
				{Flag: "announce"},
			}},
		},
		Register: func(flags *flag.FlagSet) {
			for _, register := range (&terminal{}).ofRun() {
				register(flags)
			}
		},
		Beside: beside,
		Own: map[string][]string{
			"staff add": {"pin-file"}, "staff pin": {"pin-file"}, "staff unlock": {"pin-file"}, "staff remove": {"pin-file"}, "staff list": {"pin-file"},
			"journal export": {"cashier"},
		},
	}
}

// ofRun register all flags of run.
func (t *terminal) ofRun() []func(*flag.FlagSet) {
	return []func(*flag.FlagSet){t.common, t.kiosk, t.first.register}
}

// configuringCommands handle the file.
func configuringCommands() configuring.Commands {
	return configuring.Commands{Declaration: configured(), Check: func(args []string, errOut io.Writer) error {
		t := &terminal{}
		flags := program.NewFlags("terminal config check", errOut)
		for _, register := range t.ofRun() {
			register(flags)
		}
		var err error
		if t.origins, err = program.ParseConfigured(flags, args, configured()); err != nil {
			return err
		}
		return t.checkValues()
	}}
}
