package main_test

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/authority/admin"
	"countersign/app/program/adminsocket"
	"countersign/app/program/programtest"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

func TestMain(m *testing.M) { os.Exit(programtest.Main(m)) }

// The life of an authority: made, serving, giving out a code, a device that
// enrols, revoked, stopped, started again.
func TestProgram(t *testing.T) {
	p := programtest.New(t, "authority")
	name := p.Founding("--name", "countersign/1")
	first := p.OK("init", name...)
	if !strings.Contains(first, `"authority":"countersign/1"`) {
		t.Errorf("init said %q", first)
	}
	if again := p.OK("init", name...); again != first {
		t.Errorf("init again said %q", again)
	}
	p.Start("--metrics", "127.0.0.1:0")
	code := p.OK("code", p.InData("--role", "terminal", "--subject", "T-0001", "--name", "Corner Café", "--host", "127.0.0.1,localhost")...)
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
	options := enrolment.Options{AuthorityURL: p.URL(), Code: code, Role: protocol.RoleTerminal, Hosts: []string{"localhost"}}
	terminal, err := enrolment.Enrol(t.Context(), unit, options)
	if err != nil {
		t.Fatal(err)
	}
	if devices := p.OK("devices", p.InData()...); !strings.Contains(devices, `"subject":"T-0001","role":"terminal"`) || !strings.Contains(devices, `"revoked":false`) {
		t.Errorf("devices: %s", devices)
	}
	if status, told, err := p.Watch("/metrics"); err != nil || status != 200 || strings.Contains(told, "T-0001") ||
		!strings.Contains(told, `countersign_authority_message_seconds_count{message="enrolment",result="done"} 1`) {
		t.Errorf("metrics: %d, %v\n%s", status, err, told)
	}
	if status, said, err := p.Watch("/healthz"); err != nil || status != 200 {
		t.Errorf("healthz: %d %s, %v", status, said, err)
	}
	before := terminal.Trust.Revocation.Sequence
	p.OK("revoke", p.InData("--subject", "T-0001")...)
	if info, err := os.Stat(adminsocket.Path(p.Data)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("administration socket: %v, %v", info.Mode(), err)
	}
	if _, stderr, status := p.Run("serve", p.Own()...); status != 1 || !strings.Contains(stderr, "running already") {
		t.Errorf("second server: %d %s", status, stderr)
	}

	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Errorf("stopped server: %v\n%s", err, p.Log.String())
	}
	if strings.Contains(p.Log.String(), code) || !strings.Contains(p.Log.String(), `"msg":"enrolment","decision":"granted"`) {
		t.Errorf("log:\n%s", p.Log.String())
	}

	// Nothing is forgotten, and the list's numbers go on.
	p.Start()
	after, err := enrolment.FetchRevocationList(t.Context(), unit, terminal, options)
	if err != nil || after.Trust.Revocation.Sequence <= before || !after.Trust.Revocation.Revokes(terminal.Claims) {
		t.Errorf("list after restart: %v", err)
	}

	// The end of a server whose registry is taken away.
	if err := os.Rename(p.Data, p.Data+" away"); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil || !strings.Contains(p.Log.String(), "registry is gone") {
		t.Errorf("without registry: %v\n%s", err, p.Log.String())
	}
}

func TestProgramSaysWhatIsWrong(t *testing.T) {
	p := programtest.New(t, "authority")
	name := p.Founding("--name", "countersign/1")
	for _, c := range []struct {
		name   string
		words  string
		args   []string
		status int
		says   string
	}{
		{"no command", "", nil, 2, "usage:"},
		{"no such command", "certify", nil, 2, "usage:"},
		{"flag missing", "serve", p.InData(), 2, "--pin-file"},
		{"flag unknown", "serve", []string{"--dta", p.Data}, 2, "dta"},
		{"token missing", "serve", p.Own("--token", "nobody"), 1, "no token with this label"},
		{"PKCS#11 library missing", "serve", p.Own("--module", "/no/such.so"), 1, "hint: Install SoftHSM"},
		{"PIN file missing", "serve", p.Own("--pin-file", p.Data), 1, "PIN"},
		{"bad name", "init", p.Founding("--name", "a name"), 1, "a name"},
		{"not made yet", "serve", p.Own(), 1, "hint: "},
		{"made", "init", name, 0, ""},
		{"wrong PIN", "serve", p.Own("--pin-file", p.Write("wrong-pin", "no such pin")), 1, "refuses the PIN"},
		{"made under another name", "init", p.Founding("--name", "other/1"), 1, "hint: Use another data directory"},
		{"not running", "code", p.InData("--role", "desk", "--subject", "D-0001"), 1, "hint: Start it with authority serve"},
	} {
		stdout, stderr, status := p.Run(c.words, c.args...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s%s", c.name, status, stdout, stderr)
		}
	}
	p.Start()
	for name, c := range map[string]struct {
		words string
		args  []string
		says  string
	}{
		"wallet without template": {"code", p.InData("--role", "wallet", "--subject", "W-0001"), "hint: Capture the owner's finger"},
		"no such role":            {"code", p.InData("--role", "shop", "--subject", "W-0001"), "hint: Roles are"},
		"revoke nobody":           {"revoke", p.InData("--subject", "T-0404"), "no device"},
	} {
		if _, stderr, status := p.Run(c.words, c.args...); status != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: %d %s", name, status, stderr)
		}
	}
	if code := p.OK("code", p.InData("--role", "wallet", "--subject", "W-0001", "--no-print")...); !strings.HasPrefix(code, protocol.PrefixEnrolment) {
		t.Errorf("wallet without print: %q", code)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := admin.NewClient(p.Data).Devices(ctx); err != nil {
		t.Error(err)
	}
	if err := p.Stop(syscall.SIGINT); err != nil {
		t.Errorf("stopped server: %v", err)
	}
}
