package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/authority/admin"
	"countersign/app/program/adminsocket"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// program is the built authority with a token directory and files of its own.
type program struct {
	t      *testing.T
	binary string
	tokens *virtualtoken.Directory
	dir    string
}

func build(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, dir: t.TempDir()}
	p.binary = filepath.Join(p.dir, "authority")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, "countersign/app/authority").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var err error
	if p.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, p.tokens.Conf())
	p.write("pin", "authority's pin\n")
	p.write("so-pin", "officer's pin\n")
	return p
}

func (p *program) path(name string) string { return filepath.Join(p.dir, name) }

func (p *program) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// run runs a command to its end.
func (p *program) run(args ...string) (stdout, stderr string, status int) {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), p.binary, args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return out.String(), errs.String(), command.ProcessState.ExitCode()
}

// ok runs a command that has to succeed.
func (p *program) ok(args ...string) string {
	p.t.Helper()
	stdout, stderr, status := p.run(args...)
	if status != 0 {
		p.t.Fatalf("authority %v: %d\n%s", args, status, stderr)
	}
	return strings.TrimSpace(stdout)
}

func (p *program) init(more ...string) []string {
	return append([]string{"init", "--data", p.path("data"), "--pin-file", p.path("pin"), "--name", "countersign/1",
		"--init-token", "--so-pin-file", p.path("so-pin")}, more...)
}

// server is a running authority.
type server struct {
	command *exec.Cmd
	url     string
	log     bytes.Buffer
	ended   chan error
}

func (p *program) serve() *server {
	p.t.Helper()
	s := &server{ended: make(chan error, 1)}
	s.command = exec.Command(p.binary, "serve", "--data", p.path("data"), "--pin-file", p.path("pin"))
	s.command.Stderr = &s.log
	out, err := s.command.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	go func() { s.ended <- s.command.Wait() }()
	p.t.Cleanup(func() {
		if s.command.ProcessState == nil {
			_ = s.command.Process.Kill()
			<-s.ended
		}
	})
	var said struct{ Listening string }
	if err != nil || json.Unmarshal(line, &said) != nil || said.Listening == "" {
		p.t.Fatalf("server said %q: %v", line, err)
	}
	s.url = "https://" + said.Listening
	return s
}

// wait returns how the server ended.
func (s *server) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("server does not end")
		return nil
	}
}

// The life of an authority: made, serving, giving out a code, a device that
// enrols, revoked, stopped, started again.
func TestProgram(t *testing.T) {
	p := build(t)
	first := p.ok(p.init()...)
	if !strings.Contains(first, `"authority":"countersign/1"`) {
		t.Errorf("init said %q", first)
	}
	if again := p.ok(p.init()...); again != first {
		t.Errorf("init again said %q", again)
	}
	s := p.serve()
	data := p.path("data")
	code := p.ok("code", "--data", data, "--role", "terminal", "--subject", "T-0001", "--name", "Corner Café", "--host", "127.0.0.1,localhost")
	config, err := p.tokens.Token("terminal")
	if err != nil {
		t.Fatal(err)
	}
	token, err := secureunit.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	unit := enrolment.Over(token, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	options := enrolment.Options{AuthorityURL: s.url, Code: code, Role: protocol.RoleTerminal, Hosts: []string{"localhost"}}
	terminal, err := enrolment.Enrol(t.Context(), unit, options)
	if err != nil {
		t.Fatal(err)
	}
	if devices := p.ok("devices", "--data", data); !strings.Contains(devices, `"subject":"T-0001","role":"terminal"`) || !strings.Contains(devices, `"revoked":false`) {
		t.Errorf("devices: %s", devices)
	}
	before := terminal.Trust.Revocation.Sequence
	p.ok("revoke", "--data", data, "--subject", "T-0001")
	if info, err := os.Stat(adminsocket.Path(data)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("administration socket: %v, %v", info.Mode(), err)
	}
	if _, stderr, status := p.run("serve", "--data", data, "--pin-file", p.path("pin")); status != 1 || !strings.Contains(stderr, "running already") {
		t.Errorf("second server: %d %s", status, stderr)
	}

	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(t); err != nil {
		t.Errorf("stopped server: %v\n%s", err, s.log.String())
	}
	if strings.Contains(s.log.String(), code) || !strings.Contains(s.log.String(), `"msg":"enrolment","decision":"granted"`) {
		t.Errorf("log:\n%s", s.log.String())
	}

	// Nothing is forgotten, and the list's numbers go on.
	s = p.serve()
	options.AuthorityURL = s.url
	after, err := enrolment.FetchRevocationList(t.Context(), unit, terminal, options)
	if err != nil || after.Trust.Revocation.Sequence <= before || !after.Trust.Revocation.Revokes(terminal.Claims) {
		t.Errorf("list after restart: %v", err)
	}

	// The end of a server whose registry is taken away.
	if err := os.Rename(data, data+" away"); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(t); err == nil || !strings.Contains(s.log.String(), "registry is gone") {
		t.Errorf("without registry: %v\n%s", err, s.log.String())
	}
}

func TestProgramSaysWhatIsWrong(t *testing.T) {
	p := build(t)
	p.write("wrong-pin", "no such pin\n")
	data := p.path("data")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"no command", nil, 2, "usage:"},
		{"no such command", []string{"certify"}, 2, "usage:"},
		{"flag missing", []string{"serve", "--data", data}, 2, "--pin-file"},
		{"flag unknown", []string{"serve", "--dta", data}, 2, "dta"},
		{"token missing", []string{"serve", "--data", data, "--pin-file", p.path("pin"), "--token", "nobody"}, 1, "no token with this label"},
		{"PKCS#11 library missing", []string{"serve", "--data", data, "--pin-file", p.path("pin"), "--module", "/no/such.so"}, 1, "hint: Install SoftHSM"},
		{"PIN file missing", []string{"serve", "--data", data, "--pin-file", p.path("nowhere")}, 1, "PIN"},
		{"bad name", []string{"init", "--data", data, "--pin-file", p.path("pin"), "--name", "a name", "--init-token", "--so-pin-file", p.path("so-pin")}, 1, "a name"},
		{"not made yet", []string{"serve", "--data", data, "--pin-file", p.path("pin")}, 1, "hint: "},
		{"made", p.init(), 0, ""},
		{"wrong PIN", []string{"serve", "--data", data, "--pin-file", p.path("wrong-pin")}, 1, "refuses the PIN"},
		{"made under another name", p.init("--name", "other/1"), 1, "hint: Use another data directory"},
		{"not running", []string{"code", "--data", data, "--role", "desk", "--subject", "D-0001"}, 1, "hint: Start it with authority serve"},
	} {
		stdout, stderr, status := p.run(c.args...)
		if status != c.status || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d\n%s%s", c.name, status, stdout, stderr)
		}
	}
	s := p.serve()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"wallet without template": {[]string{"code", "--data", data, "--role", "wallet", "--subject", "W-0001"}, "hint: Capture the owner's finger"},
		"no such role":            {[]string{"code", "--data", data, "--role", "shop", "--subject", "W-0001"}, "hint: Roles are"},
		"revoke nobody":           {[]string{"revoke", "--data", data, "--subject", "T-0404"}, "no device"},
	} {
		if _, stderr, status := p.run(c.args...); status != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: %d %s", name, status, stderr)
		}
	}
	if code := p.ok("code", "--data", data, "--role", "wallet", "--subject", "W-0001", "--no-print"); !strings.HasPrefix(code, protocol.PrefixEnrolment) {
		t.Errorf("wallet without print: %q", code)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := admin.NewClient(data).Devices(ctx); err != nil {
		t.Error(err)
	}
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(t); err != nil {
		t.Errorf("stopped server: %v", err)
	}
}
