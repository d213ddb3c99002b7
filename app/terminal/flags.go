package main

import (
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/terminal/clearing"
	"countersign/app/terminal/pricelist"
	"countersign/app/terminal/sale"
	"countersign/devices/printer/escpos"
	"countersign/protocol"
	"countersign/protocol/money"
)

// settings are the terminal's flags.
type settings struct {
	program.Settings
	authority string
	file      string                // of the configuration, or none
	origins   configuration.Origins // of the values

	settlement, merchant, camera, sensor string
	language, size, quick, currencyCode  string
	fullScreen, announce                 bool
	light, highContrast                  bool
	life, fingerWait, askFor             time.Duration
	cashier, cashierPINFile              string
	reader                               string
	tapMost, tapCardMost, tapUnsentMost  string
	tapUnsent                            int

	noFinger, pinMost string

	// The counter.
	cash, sounds, speech, autoPrint, training bool
	shopName                                  string
	itemsFile, keyedTax, tipList              string
	layout, imager                            string
	customer                                  string
	lockAfter                                 time.Duration
	textScale, patience                       float64
	printerAddress, printerProfile            string
	drawerPin                                 int
	drawerSwitch                              string
	shopLines, taxNumber, footLines           string

	items               []pricelist.Group
	keyedTaxRate        int32
	tips                []int
	shopAddress, footer []string
	profile             escpos.Profile // of the printer, with its drawer

	limits   clearing.Limits
	fallback sale.Fallback
	pinLimit protocol.Amount

	currency      money.Currency
	amounts       []money.Amount
	width, height float32
}

// common registers the flags of every command that opens the token.
func (s *settings) common(flags *flag.FlagSet) {
	s.Register(flags, "terminal")
	flags.StringVar(&s.authority, "authority", "", "authority's `URL` (default: where the terminal enrolled)")
}

// kiosk registers the flags of run.
func (s *settings) kiosk(flags *flag.FlagSet) {
	d := sale.Defaults()
	flags.StringVar(&s.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&s.merchant, "merchant", "", "`reference` of the account to be credited, at most 16 bytes")
	flags.StringVar(&s.camera, "camera", "0", "camera: number, device, file or http(s) `address` of motion JPEG")
	flags.StringVar(&s.sensor, "sensor", standardSensor(), "serial `port` of the fingerprint sensor")
	flags.StringVar(&s.reader, "reader", "", "`part` of the name of the contactless reader, or any; empty for none")
	flags.StringVar(&s.tapMost, "tap-most", "1000", "the largest `amount` of one tap")
	flags.StringVar(&s.tapCardMost, "tap-card-most", "2000", "the most that one wallet's taps may come to while settlement has not answered: `amount`")
	flags.IntVar(&s.tapUnsent, "tap-unsent", d.Tap.Limits.Count, "how many taps there may be while settlement has not answered")
	flags.StringVar(&s.tapUnsentMost, "tap-unsent-most", "50000", "and what they may come to: `amount`")
	flags.StringVar(&s.noFinger, "no-finger", string(d.Fallback), "what serves where no finger can be read: `refuse or pin`, verified on the phone")
	flags.StringVar(&s.pinMost, "pin-most", "200", "the largest `amount` for which a PIN serves; settlement has the last word")
	flags.StringVar(&s.currencyCode, "currency", "CNY", "ISO 4217 `code`")
	flags.StringVar(&s.quick, "quick", "10,20,50,100", "`amounts` with a key of their own, at most six; empty for none")
	flags.StringVar(&s.language, "language", "en", "`tag` of the language to begin with")
	flags.StringVar(&s.size, "size", "1280x800", "`WIDTHxHEIGHT` of the window")
	flags.BoolVar(&s.fullScreen, "full-screen", false, "fill the screen")
	flags.BoolVar(&s.light, "light", false, "light appearance")
	flags.BoolVar(&s.highContrast, "high-contrast", false, "high contrast")
	s.counter(flags)
	flags.BoolVar(&s.announce, "announce", false, "tell each change of the screen on standard output, a JSON line each")
	flags.StringVar(&s.cashier, "cashier", "", "`name` of the member of the staff who begins to work; needed once there is a staff")
	flags.StringVar(&s.cashierPINFile, "cashier-pin-file", "", "`file` with that member's PIN")
	flags.DurationVar(&s.life, "life", d.Life, "time to live of a request, 1s to 60s")
	flags.DurationVar(&s.fingerWait, "finger-wait", d.FingerWait, "time for one attempt with a finger")
	flags.DurationVar(&s.askFor, "ask-for", d.AskFor, "how long an unknown outcome is asked about before the sale is taken back")
}

// parse reads the flags of a command, from the command line, the environment and the file.
func (s *settings) parse(name string, args []string, errOut io.Writer, register ...func(*flag.FlagSet)) error {
	flags := program.NewFlags("terminal "+name, errOut)
	for _, r := range register {
		r(flags)
	}
	d := configured()
	var err error
	s.origins, err = program.ParseConfigured(flags, args, d)
	s.file, _ = d.Named(flags, d.Here())
	if err != nil {
		return err
	}
	if s.Data == "" {
		return program.Usagef("--data is needed")
	}
	return nil
}

// checkKiosk says what a till was not told, and reads what it was told beyond plain texts.
func (s *settings) checkKiosk() error {
	switch {
	case s.training: // needs none of those
	case s.settlement == "":
		return program.Usagef("a till needs --settlement")
	case s.merchant == "":
		return program.Usagef("a till needs --merchant, 1 to 16 bytes")
	}
	return s.checkRun()
}

// checkRun is checkKiosk for a terminal that can be told the rest on its screen.
func (s *settings) checkRun() error {
	switch {
	case s.training:
	case s.PINFile == "":
		return program.Usagef("run needs --pin-file")
	case (s.cashier == "") != (s.cashierPINFile == ""):
		return program.Usagef("--cashier and --cashier-pin-file belong together")
	}
	return s.checkValues()
}

// checkValues reads what run was told. Its error says where a wrong value is from.
func (s *settings) checkValues() error { return program.Placed(s.readValues(), s.origins) }

func (s *settings) readValues() (err error) {
	switch {
	case len(s.merchant) > 16:
		return program.Usagef("--merchant takes 1 to 16 bytes")
	case s.life < time.Second || s.life > time.Minute || s.life%time.Second != 0:
		return program.Usagef("--life takes whole seconds, 1s to 60s")
	case s.fingerWait < time.Second || s.askFor < time.Second:
		return program.Usagef("--finger-wait and --ask-for take at least 1s")
	}
	if s.currency, err = money.CurrencyByCode(s.currencyCode); err != nil {
		return program.Usagef("--currency: %w", err)
	}
	for text := range strings.SplitSeq(s.quick, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		amount, err := money.Parse(text, s.currency)
		if err != nil {
			return program.Usagef("--quick: %w", err)
		}
		s.amounts = append(s.amounts, amount)
	}
	if s.fallback, err = sale.ParseFallback(s.noFinger); err != nil {
		return program.Usagef("--no-finger: %w", err)
	}
	most, err := money.Parse(s.pinMost, s.currency)
	if err != nil {
		return program.Usagef("--pin-most: %w", err)
	}
	s.pinLimit = protocol.Amount(most.Minor)
	if err := s.checkTaps(); err != nil {
		return err
	}
	if err := s.checkCounter(); err != nil {
		return err
	}
	if len(s.amounts) > 6 {
		return program.Usagef("--quick takes at most six amounts")
	}
	if s.width, s.height, err = parseSize(s.size); err != nil {
		return program.Usagef("--size: %w", err)
	}
	return nil
}

// checkTaps reads the limits of taps.
func (s *settings) checkTaps() error {
	var limits [3]money.Amount
	for n, flag := range []struct{ name, text string }{
		{"tap-most", s.tapMost}, {"tap-card-most", s.tapCardMost}, {"tap-unsent-most", s.tapUnsentMost},
	} {
		amount, err := money.Parse(flag.text, s.currency)
		if err != nil {
			return program.Usagef("--%s: %w", flag.name, err)
		}
		limits[n] = amount
	}
	if s.tapUnsent < 1 {
		return program.Usagef("--tap-unsent takes at least 1")
	}
	s.limits = clearing.Limits{
		Tap: protocol.Amount(limits[0].Minor), Card: protocol.Amount(limits[1].Minor), Sum: protocol.Sum(limits[2].Minor), Count: s.tapUnsent,
	}
	return nil
}

// parseSize reads WIDTHxHEIGHT.
func parseSize(text string) (width, height float32, err error) {
	w, h, found := strings.Cut(text, "x")
	wide, errW := strconv.ParseUint(w, 10, 15)
	high, errH := strconv.ParseUint(h, 10, 15)
	if !found || errW != nil || errH != nil || wide < 320 || high < 240 {
		return 0, 0, fmt.Errorf("%q is not WIDTHxHEIGHT of at least 320x240", text)
	}
	return float32(wide), float32(high), nil
}

func (s *settings) logbookFile() string   { return filepath.Join(s.Data, "logbook.db") }
func (s *settings) journalFile() string   { return filepath.Join(s.Data, "journal.db") }
func (s *settings) blocklistFile() string { return filepath.Join(s.Data, "blocked-cards.json") }
