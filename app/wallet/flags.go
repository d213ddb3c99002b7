package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"countersign/assets"
	"countersign/devices/secureunit"
)

// settings are the wallet's flags.
type settings struct {
	data, token, pinFile, module, log string
	authority, settlement             string

	camera, sensor, language, size string
	announce, light, highContrast  bool
	textScale                      float64
	width, height                  float32
}

// common registers the flags of every command.
func (s *settings) common(flags *flag.FlagSet) {
	flags.StringVar(&s.data, "data", "", "`directory` for the log, made if missing; everything else lies in the token")
	flags.StringVar(&s.token, "token", "wallet", "`label` of the PKCS#11 token")
	flags.StringVar(&s.pinFile, "pin-file", "", "`file` with the token's PIN")
	flags.StringVar(&s.module, "module", "", "PKCS#11 library `file` (default SoftHSM 2)")
	flags.StringVar(&s.log, "log", "", "log `file` (default standard error)")
	flags.StringVar(&s.authority, "authority", "", "authority's `URL` (default: where the phone enrolled)")
	flags.StringVar(&s.settlement, "settlement", "", "settlement's `URL`")
}

// window registers the flags of run.
func (s *settings) window(flags *flag.FlagSet) {
	flags.StringVar(&s.camera, "camera", "0", "camera: number, device, file or http(s) `address` of motion JPEG")
	flags.StringVar(&s.sensor, "sensor", "", "serial `port` of the phone's own fingerprint sensor, if it has one")
	flags.StringVar(&s.language, "language", "en", "`tag` of the language to begin with")
	flags.StringVar(&s.size, "size", "512x920", "`WIDTHxHEIGHT` of the window")
	flags.BoolVar(&s.light, "light", false, "light appearance")
	flags.BoolVar(&s.highContrast, "high-contrast", false, "high contrast")
	flags.Float64Var(&s.textScale, "text-scale", 1, "`factor` for text, 1 to 2")
	flags.BoolVar(&s.announce, "announce", false, "tell each change of the screen on standard output, a JSON line each")
}

// parse reads the flags of a command.
func (s *settings) parse(name string, args []string, errOut io.Writer, more ...func(*flag.FlagSet)) error {
	flags := flag.NewFlagSet("wallet "+name, flag.ContinueOnError)
	flags.SetOutput(errOut)
	s.common(flags)
	for _, register := range more {
		register(flags)
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	case s.pinFile == "":
		return fmt.Errorf("%w: --pin-file is needed", errUsage)
	}
	return nil
}

// checkWindow reads what run was told beyond plain texts.
func (s *settings) checkWindow() error {
	if s.settlement == "" {
		return fmt.Errorf("%w: run needs --settlement", errUsage)
	}
	if s.textScale < 1 || s.textScale > 2 {
		return fmt.Errorf("%w: --text-scale takes 1 to 2", errUsage)
	}
	if _, err := assets.Phrases(s.language); err != nil {
		return fmt.Errorf("%w: --language %s: %w", errUsage, s.language, err)
	}
	w, h, found := strings.Cut(s.size, "x")
	wide, errW := strconv.ParseUint(w, 10, 15)
	high, errH := strconv.ParseUint(h, 10, 15)
	if !found || errW != nil || errH != nil || wide < 320 || high < 480 {
		return fmt.Errorf("%w: --size %q is not WIDTHxHEIGHT of at least 320x480", errUsage, s.size)
	}
	s.width, s.height = float32(wide), float32(high)
	return nil
}

func (s *settings) secureUnit() secureunit.Config {
	return secureunit.Config{Module: s.module, Token: s.token, PIN: secureunit.PINFile(s.pinFile)}
}

// logger returns the structured log and how to close it.
func (s *settings) logger(errOut io.Writer) (*slog.Logger, func() error, error) {
	if s.data != "" {
		if err := os.MkdirAll(s.data, 0o700); err != nil {
			return nil, nil, fmt.Errorf("make data directory: %w", err)
		}
	}
	if s.log == "" {
		return slog.New(slog.NewJSONHandler(errOut, nil)), func() error { return nil }, nil
	}
	file, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(file, nil)), file.Close, nil
}
