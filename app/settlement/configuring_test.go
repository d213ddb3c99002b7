package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/program/configuring/configuringtest"
	"countersign/app/program/programtest"
)

// The whole program: every flag of serve is in the example file, which is the one that is
// shipped, and a server serves as its file says.
func TestConfiguration(t *testing.T) {
	p := programtest.New(t, "settlement")
	configuringtest.Complete(t, p, "../../packaging/config", 20)
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
