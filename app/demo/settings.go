package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"countersign/app/demo/scene"
)

// check reads what was asked for.
func (s *settings) check(flags *flag.FlagSet) error {
	chosen, known := []scene.Scene{scene.Sale()}, true
	if s.rail == "tap" {
		chosen = []scene.Scene{scene.Tap()}
	}
	if s.scene != "" {
		chosen, known = scene.Named(s.scene)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%w: unexpected %q", errUsage, flags.Arg(0))
	case !known:
		return fmt.Errorf("%w: there is no scene %q; demo --help lists them", errUsage, s.scene)
	case s.finger != "" && s.finger != "phone" && s.finger != "terminal":
		return fmt.Errorf("%w: FINGER is phone or terminal, not %q", errUsage, s.finger)
	case s.finger == "phone" && slices.ContainsFunc(chosen, func(c scene.Scene) bool { return c.ShopSensorOnly }):
		return fmt.Errorf("%w: SCENE=%s is about the terminal's sensor; leave FINGER=phone out", errUsage, s.scene)
	case s.rail != "" && s.rail != "scan" && s.rail != "tap":
		return fmt.Errorf("%w: RAIL is scan or tap, not %q", errUsage, s.rail)
	case s.language != "en" && s.language != "zh":
		return fmt.Errorf("%w: the languages are en and zh, not %q", errUsage, s.language)
	}
	s.chosen = chosen
	return nil
}

// taps says whether something of what is played needs the radio.
func (s *settings) taps() bool {
	return slices.ContainsFunc(s.chosen, func(c scene.Scene) bool { return c.Radio })
}

// alone says whether the demonstration plays by itself: a scene always does.
func (s *settings) alone() bool { return s.auto || s.display == "" || s.scene != "" }

// own says whether it does so on a display of its own.
func (s *settings) own() bool { return s.auto || s.display == "" }

// truth reads a switch of the environment.
func truth(text string) bool { return text != "" && text != "0" && text != "no" && text != "false" }

// language reads LANGUAGE, which on many systems is a list of locales in the
// order of preference, such as "zh_CN:en".
func language(list string) string {
	for locale := range strings.SplitSeq(list, ":") {
		for _, tag := range []string{"zh", "en"} {
			if locale == tag || strings.HasPrefix(locale, tag+"_") || strings.HasPrefix(locale, tag+"-") {
				return tag
			}
		}
	}
	return "en"
}
