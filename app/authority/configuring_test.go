package main_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/program/configuring/configuringtest"
	"countersign/app/program/programtest"
)

// The whole program: every flag of serve is in the example file, which is the one that is
// shipped, and an authority is made, serves and is asked as its file says.
func TestConfiguration(t *testing.T) {
	p := programtest.New(t, "authority")
	all := configuringtest.Complete(t, p, "../../packaging/config", 8)
	if out := p.OK("config check", "--config", all); !strings.Contains(out, "nothing is wrong") {
		t.Error(out)
	}

	file := p.Write("authority.toml", "[machine]\ndata = '"+p.Data+"'\n[token]\ntoken = \"of the file\"\npin-file = '"+p.PIN+"'\n[network]\nhost = [\"127.0.0.1\"]\n")
	p.Env = append(p.Env, "COUNTERSIGN_AUTHORITY_CONFIG="+file)
	p.OK("init", "--name", "countersign/1", "--init-token", "--so-pin-file", p.SOPIN)
	p.Start("--token", "of the file")
	if code := p.OK("code", "--role", "terminal", "--subject", "T-0001", "--name", "Corner Café"); !strings.HasPrefix(code, "CS1E:") {
		t.Errorf("%q", code)
	}
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	p.Write("authority.toml", "[network]\nlisten = 8444\n")
	want := filepath.Join(p.Dir, "authority.toml") + ":2:1: listen takes text in quotes: \"8444\", not the number 8444"
	if _, stderr, status := p.Run("devices"); status != 1 || !strings.Contains(stderr, want) {
		t.Errorf("%d %s", status, stderr)
	}
}
