package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	type env map[string]string
	for _, c := range []struct {
		name  string
		env   env
		args  []string
		wrong bool
		check func(*settings) bool
	}{
		{"nothing asked, no display", env{}, nil, false, func(s *settings) bool {
			return s.alone() && s.own() && len(s.chosen) == 1 && s.chosen[0].Name == "sale" && s.language == "en"
		}},
		{"a person with a display", env{"DISPLAY": ":0"}, nil, false, func(s *settings) bool { return !s.alone() && !s.own() }},
		{"AUTO with a display", env{"DISPLAY": ":0", "AUTO": "1"}, nil, false, func(s *settings) bool { return s.alone() && s.own() }},
		{"AUTO=0", env{"DISPLAY": ":0", "AUTO": "0"}, nil, false, func(s *settings) bool { return !s.alone() }},
		{"a scene before a person's eyes", env{"DISPLAY": ":0", "SCENE": "replay"}, nil, false, func(s *settings) bool { return s.alone() && !s.own() }},
		{"several scenes", env{"SCENE": "replay,sale"}, nil, false, func(s *settings) bool { return len(s.chosen) == 2 && s.chosen[1].Name == "sale" }},
		{"all scenes", env{"SCENE": "all"}, nil, false, func(s *settings) bool { return len(s.chosen) == 15 && s.taps() }},
		{"no such scene", env{"SCENE": "robbery"}, nil, true, nil},
		{"one of them is none", env{"SCENE": "replay,"}, nil, true, nil},
		{"a flag wins", env{"SCENE": "replay"}, []string{"--scene", "expired"}, false, func(s *settings) bool { return s.chosen[0].Name == "expired" }},
		{"the phone's sensor", env{"FINGER": "phone"}, nil, false, func(s *settings) bool { return s.finger == "phone" }},
		{"the phone's sensor in a scene of the terminal's", env{"FINGER": "phone", "SCENE": "wrong-finger"}, nil, true, nil},
		{"no such finger", env{"FINGER": "left"}, nil, true, nil},
		{"by tap", env{"RAIL": "tap", "AUTO": "1"}, nil, false, func(s *settings) bool { return s.chosen[0].Name == "tap" && s.taps() }},
		{"by scan", env{"RAIL": "scan"}, nil, false, func(s *settings) bool { return s.chosen[0].Name == "sale" && !s.taps() }},
		{"a scene has its own rail", env{"RAIL": "tap", "SCENE": "replay"}, nil, false, func(s *settings) bool { return s.chosen[0].Name == "replay" }},
		{"no such rail", env{"RAIL": "cash"}, nil, true, nil},
		{"Chinese", env{"LANGUAGE": "zh"}, nil, false, func(s *settings) bool { return s.language == "zh" }},
		{"a system's list of languages", env{"LANGUAGE": "de_DE:zh_CN:en"}, nil, false, func(s *settings) bool { return s.language == "zh" }},
		{"a system's list without ours", env{"LANGUAGE": "de_DE:fr"}, nil, false, func(s *settings) bool { return s.language == "en" }},
		{"no such language", nil, []string{"--language", "fr"}, true, nil},
		{"no such flag", nil, []string{"--quick"}, true, nil},
		{"words", nil, []string{"now"}, true, nil},
	} {
		s := &settings{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
		err := s.parse(c.args, func(name string) string { return c.env[name] })
		switch {
		case c.wrong && !errors.Is(err, errUsage):
			t.Errorf("%s: %v", c.name, err)
		case !c.wrong && (err != nil || !c.check(s)):
			t.Errorf("%s: %v, %+v", c.name, err, s)
		}
	}
}

// Help names every scene; wrong usage ends with status 2.
func TestUsage(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"--help"}, func(string) string { return "" }, &out, &errOut); code != 0 {
		t.Errorf("status %d", code)
	}
	for _, name := range []string{"wrong-finger", "replay", "altered-amount", "foreign-terminal", "no-funds", "expired", "network-lost", "no-finger", "torn-tap", "wrong-application", "overdraw", "confirm", "cloned-card"} {
		if !strings.Contains(errOut.String(), name) {
			t.Errorf("help does not name %s", name)
		}
	}
	if code := run(context.Background(), nil, func(name string) string { return map[string]string{"SCENE": "none"}[name] }, &out, &errOut); code != 2 {
		t.Errorf("status %d", code)
	}
}
