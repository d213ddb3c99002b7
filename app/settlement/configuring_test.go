package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/app/program/programtest"
)

// The whole program: every flag of serve is in the example file, which is the one that is
// shipped, and a server serves as its file says.
func TestConfiguration(t *testing.T) {
	p := programtest.New(t, "settlement")
	example := p.OK("config example")
	shipped, err := os.ReadFile("../../packaging/config/settlement.toml")
	if err != nil || strings.TrimSpace(string(shipped)) != strings.TrimSpace(example) {
		t.Errorf("write it anew by settlement config example >packaging/config/settlement.toml (%v):\n%s", err, example)
	}
	names := func(text, pattern string) (all []string) {
		for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, found[1])
		}
		slices.Sort(all)
		return all
	}
	_, help, _ := p.Run("serve", "--help")
	has := slices.DeleteFunc(names(help, `(?m)^  -([a-z-]+)`), func(name string) bool { return name == "config" })
	if keys := names(example, `(?m)^#([a-z-]+) = `); len(keys) < 20 || !slices.Equal(keys, has) {
		t.Errorf("the file has\n%q, serve has\n%q", keys, has)
	}
	all := p.Write("all.toml", regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(example, "$1"))
	if out := p.OK("config show", "--config", all); strings.Count(out, all+":") != len(has) {
		t.Errorf("of %d keys:\n%s", len(has), out)
	}

	file := filepath.Join(p.Dir, "settlement.toml")
	p.Write("settlement.toml", "[machine]\ndata = '"+p.Data+"'\n[finger]\n  pin-limit = [\"CNY=5O\"]\n[network]\nplaces = 8\n")
	p.Env = append(p.Env, "COUNTERSIGN_SETTLEMENT_CONFIG="+file, "COUNTERSIGN_SETTLEMENT_METRICS=127.0.0.1:9")
	for _, c := range []struct {
		words  string
		args   []string
		status int
		says   string
	}{
		{"config check", nil, 1, "error: " + file + ":4:3: --pin-limit: "},
		{"serve", []string{"--pin-file", "p"}, 1, "error: " + file + ":4:3: --pin-limit: "},
		{"config check", []string{"--pin-limit", "x"}, 2, "wrong usage: --pin-limit: "},
		{"config check", []string{"--pin-limit", "CNY=50"}, 0, ": 2 keys, 1 by environment; nothing is wrong"},
		{"config show", nil, 0, "COUNTERSIGN_SETTLEMENT_METRICS"},
		{"account list", nil, 1, "hint: Start it with settlement serve, and check --data."},
	} {
		if out, stderr, status := p.Run(c.words, c.args...); status != c.status || !strings.Contains(out+stderr, c.says) {
			t.Errorf("%s %q: %d\n%s%s", c.words, c.args, status, out, stderr)
		}
	}
}
