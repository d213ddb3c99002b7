package main

import (
	"flag"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"countersign/app/program"
	"countersign/assets"
)

// settings are the wallet's flags.
type settings struct {
	program.Settings
	authority, settlement string

	trustedFile, environmentFile string // programs
	recordTo, tokenDirectory     string

	camera, sensor, radio         string
	language, size                string
	announce, light, highContrast bool
	textScale                     float64
	width, height                 float32
}

// common registers the flags of every command.
func (s *settings) common(flags *flag.FlagSet) {
	s.Register(flags, "wallet")
	flags.Lookup("data").Usage = "`directory` for logs and records, made if missing; everything else lies in the token"
	flags.StringVar(&s.authority, "authority", "", "authority's `URL` (default: where the phone enrolled)")
	flags.StringVar(&s.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&s.tokenDirectory, "token-directory", "", "`directory` in which the token lies, where it is not SoftHSM's")
	flags.StringVar(&s.trustedFile, "trusted", "", "trusted application's `program` (default: beside this one)")
	flags.StringVar(&s.environmentFile, "environment", "", "hardware environment's `program` (default: beside this one)")
	flags.StringVar(&s.recordTo, "record", "", "`file` that what passes between the two is recorded in (default: monitor.log in --data, or beside the PIN file)")
}

// window registers the flags of run.
func (s *settings) window(flags *flag.FlagSet) {
	flags.StringVar(&s.camera, "camera", "0", "camera: number, device, file or http(s) `address` of motion JPEG")
	flags.StringVar(&s.sensor, "sensor", "", "serial `port` of the phone's own fingerprint sensor, if it has one")
	flags.StringVar(&s.radio, "radio", "", "`address` of the contactless reader that the phone is held to, host:port; without it there is no tap")
	s.windowLook(flags)
}

// windowLook registers the flags that say how windows look.
func (s *settings) windowLook(flags *flag.FlagSet) {
	flags.StringVar(&s.language, "language", "en", "`tag` of the language to begin with")
	flags.StringVar(&s.size, "size", "512x920", "`WIDTHxHEIGHT` of the window")
	flags.BoolVar(&s.light, "light", false, "light appearance")
	flags.BoolVar(&s.highContrast, "high-contrast", false, "high contrast")
	flags.Float64Var(&s.textScale, "text-scale", 1, "`factor` for text, 1 to 2")
	flags.BoolVar(&s.announce, "announce", false, "tell each change of the screen on standard output, a JSON line each")
}

// parse reads the flags of a command.
func (s *settings) parse(name string, args []string, errOut io.Writer, more ...func(*flag.FlagSet)) error {
	flags := program.NewFlags("wallet "+name, errOut)
	s.common(flags)
	for _, register := range more {
		register(flags)
	}
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if s.PINFile == "" {
		return program.Usagef("--pin-file is needed")
	}
	for name, address := range map[string]string{"settlement": s.settlement, "authority": s.authority} {
		if parsed, err := url.Parse(address); address != "" && (err != nil || parsed.Scheme != "https" || parsed.Host == "") {
			return program.Usagef("--%s %q is not https://host:port", name, address)
		}
	}
	return nil
}

// checkWindow reads what run was told beyond plain texts.
func (s *settings) checkWindow() error {
	if s.settlement == "" {
		return program.Usagef("run needs --settlement")
	}
	return s.checkLook()
}

// checkLook reads how windows were told to look.
func (s *settings) checkLook() error {
	if s.textScale < 1 || s.textScale > 2 {
		return program.Usagef("--text-scale takes 1 to 2")
	}
	if _, err := assets.Phrases(s.language); err != nil {
		return program.Usagef("--language %s: %w", s.language, err)
	}
	w, h, found := strings.Cut(s.size, "x")
	wide, errW := strconv.ParseUint(w, 10, 15)
	high, errH := strconv.ParseUint(h, 10, 15)
	if !found || errW != nil || errH != nil || wide < 320 || high < 480 {
		return program.Usagef("--size %q is not WIDTHxHEIGHT of at least 320x480", s.size)
	}
	s.width, s.height = float32(wide), float32(high)
	return nil
}

// logger returns the structured log and how to close it.
func (s *settings) logger(errOut io.Writer) (*slog.Logger, func() error, error) {
	if s.Data != "" {
		if err := s.MakeData(); err != nil {
			return nil, nil, err
		}
	}
	return s.OpenLog(errOut)
}
