package main

import (
	"flag"
	"os"
	"strconv"
	"strings"

	"countersign/app/program"
	"countersign/app/wallet/trusted/screens"
	"countersign/app/widgets"
)

// settings are what the client hands over at the start.
type settings struct {
	program.Settings
	newToken              program.NewToken
	authority, settlement string
	sensor                string
	tokenDirectory        string
	maintain              bool

	newPIN, oldPIN, phrase string // files

	screen, language string
	announce         bool
	highContrast     bool
	textScale        float64
	width, height    float32
}

func parse(args []string) (*settings, error) {
	s := &settings{}
	flags := program.NewFlags("trustedapplication", os.Stderr)
	s.Register(flags, "wallet")
	s.newToken.Register(flags)
	flags.StringVar(&s.authority, "authority", "", "authority's `URL` (default: where the phone enrolled)")
	flags.StringVar(&s.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&s.sensor, "sensor", "", "serial `port` of the phone's own fingerprint sensor, if it has one")
	flags.StringVar(&s.tokenDirectory, "token-directory", "", "`directory` in which the token lies, where it is not SoftHSM's")
	flags.BoolVar(&s.maintain, "maintain", false, "keep certificates and lists current, and hand in what waits for settlement")
	flags.StringVar(&s.newPIN, "new-file", "", "`file` with the owner's new PIN")
	flags.StringVar(&s.oldPIN, "old-file", "", "`file` with the owner's present PIN")
	flags.StringVar(&s.phrase, "phrase-file", "", "`file` with the phrase of the owner's mark")
	s.window(flags)
	if err := program.Parse(flags, args); err != nil {
		return nil, err
	}
	if s.PINFile == "" {
		return nil, program.Usagef("--pin-file is needed")
	}
	if err := s.newToken.Check(); err != nil {
		return nil, err
	}
	return s, s.checkWindow()
}

// window registers the flags of the trusted screen.
func (s *settings) window(flags *flag.FlagSet) {
	flags.StringVar(&s.screen, "screen", "", "`WIDTHxHEIGHT` of the trusted screen; without it there is none")
	flags.StringVar(&s.language, "language", "en", "`tag` of its language")
	flags.BoolVar(&s.highContrast, "high-contrast", false, "high contrast")
	flags.Float64Var(&s.textScale, "text-scale", 1, "`factor` for text")
	flags.BoolVar(&s.announce, "announce", false, "tell the client each change of the screen")
}

func (s *settings) checkWindow() error {
	if s.screen == "" {
		return nil
	}
	w, h, found := strings.Cut(s.screen, "x")
	wide, errW := strconv.ParseUint(w, 10, 15)
	high, errH := strconv.ParseUint(h, 10, 15)
	if !found || errW != nil || errH != nil || wide < 320 || high < 480 {
		return program.Usagef("--screen %q is not WIDTHxHEIGHT of at least 320x480", s.screen)
	}
	s.width, s.height = float32(wide), float32(high)
	return nil
}

// look is how the trusted window is made.
func (s *settings) look() screens.Settings {
	return screens.Settings{
		Language: s.language, Width: s.width, Height: s.height,
		Appearance: widgets.Appearance{HighContrast: s.highContrast, TextScale: float32(s.textScale)},
	}
}
