package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/program/programtest"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// The registry is saved by the running authority, lost, and restored: with the token
// it goes on, devices renew and revocations hold. With another token it does not.
func TestBackup(t *testing.T) {
	p := programtest.OpenAuthority(t)
	code := p.OK("code", p.InData("--role", "terminal", "--subject", "T-0001", "--name", "Corner Café")...)
	p.OK("code", p.InData("--role", "desk", "--subject", "D-0001")...)
	tokens, err := virtualtoken.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, tokens.Conf())
	config, err := tokens.Token("terminal")
	if err != nil {
		t.Fatal(err)
	}
	token, err := secureunit.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	unit := enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	options := enrolment.Options{AuthorityURL: p.URL(), Code: code, Role: protocol.RoleTerminal}
	terminal, err := enrolment.Enrol(t.Context(), unit, options)
	if err != nil {
		t.Fatal(err)
	}
	p.OK("revoke", p.InData("--subject", "T-0001")...)
	file := filepath.Join(t.TempDir(), "registry.backup")
	if said := p.OK("backup", p.InData("--out", file)...); !strings.Contains(said, `"authority":"countersign/1"`) || !strings.Contains(said, `"devices":1,"revoked":1`) {
		t.Errorf("backup said %s", said)
	}
	before := p.OK("devices", p.InData()...)
	if _, stderr, status := p.Run("restore", p.InData("--in", file)...); status != 1 || !strings.Contains(stderr, "hint: Name an empty --data") {
		t.Errorf("over the running authority's: %d %s", status, stderr)
	}
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	p.OK("backup", p.InData("--out", file+" stopped")...)

	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("authority's pin")) || bytes.Contains(raw, []byte(strings.TrimSpace(code))) {
		t.Error("the backup holds a PIN or an enrolment code")
	}
	cut := p.Write("cut", string(raw[:len(raw)/2]))
	p.Data = filepath.Join(p.Dir, "restored")
	for _, flags := range [][]string{p.InData("--in", cut), {"--check", "--in", cut}} {
		if _, stderr, status := p.Run("restore", flags...); status != 1 || !strings.Contains(stderr, "hint: Copy it again") {
			t.Errorf("cut: %d %s", status, stderr)
		}
	}
	p.OK("restore", "--check", "--in", file)
	if _, stderr, status := p.Run("restore", p.InData("--in", file)...); status != 0 || !strings.Contains(stderr, "hint: What was revoked, erased or enrolled after") {
		t.Errorf("restore: %d %s", status, stderr)
	}
	p.Start()
	if after := p.OK("devices", p.InData()...); after != before {
		t.Errorf("devices:\n%s\nbefore:\n%s", after, before)
	}
	list, err := enrolment.FetchRevocationList(t.Context(), unit, terminal, options)
	if err != nil || list.Trust.Revocation.Sequence <= terminal.Trust.Revocation.Sequence || !list.Trust.Revocation.Revokes(terminal.Claims) {
		t.Errorf("revocation list after the restoration: %v", err)
	}

	// A backup is nothing without the token: the key is not in it.
	other := programtest.New(t, "authority")
	other.OK("restore", other.InData("--in", file)...)
	if _, stderr, status := other.Run("init", other.Founding("--name", "countersign/1")...); status != 1 || !strings.Contains(stderr, "belongs to another authority") {
		t.Errorf("with another token: %d %s", status, stderr)
	}
}

func TestBackupSaysWhatIsWrong(t *testing.T) {
	p := programtest.New(t, "authority")
	for _, c := range []struct {
		words  string
		args   []string
		status int
		says   string
	}{
		{"backup", p.InData(), 2, "--out"},
		{"backup", p.InData("--out", filepath.Join(p.Dir, "b")), 1, "no registry to open"},
		{"restore", p.InData(), 2, "--in"},
		{"restore", []string{"--in", p.PIN}, 2, "--data"},
		{"restore", p.InData("--in", p.PIN), 1, "hint: Name a file that the backup command"},
	} {
		if stdout, stderr, status := p.Run(c.words, c.args...); status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s %v: %d\n%s%s", c.words, c.args, status, stdout, stderr)
		}
	}
}
