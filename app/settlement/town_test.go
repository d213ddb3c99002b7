package main_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// town is the built authority and settlement on one machine, and devices with
// tokens of their own that are enrolled at the authority.
type town struct {
	t         *testing.T
	dir       string
	tokens    *virtualtoken.Directory
	authority *process
	server    *process
}

// process is a running server.
type process struct {
	command *exec.Cmd
	url     string
	log     bytes.Buffer
	ended   chan error
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, dir: t.TempDir()}
	for _, program := range []string{"authority", "settlement"} {
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", w.path(program), "countersign/app/"+program).CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
		w.write(program+".pin", program+"'s pin\n")
		w.write(program+".so-pin", "officer's pin\n")
	}
	var err error
	if w.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, w.tokens.Conf())
	return w
}

func (w *town) path(name string) string { return filepath.Join(w.dir, name) }

func (w *town) write(name, text string) string {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.path(name)
}

// own are the flags of a program that opens its token.
func (w *town) own(program string, args ...string) []string {
	return append(args, "--data", w.path(program+".data"), "--token", program, "--pin-file", w.path(program+".pin"))
}

// data are the flags of a command that talks to a running server.
func (w *town) data(program string, args ...string) []string {
	return append(args, "--data", w.path(program+".data"))
}

func (w *town) run(program string, args ...string) (stdout, stderr string, status int) {
	w.t.Helper()
	command := exec.CommandContext(w.t.Context(), w.path(program), args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(out.String()), errs.String(), command.ProcessState.ExitCode()
}

func (w *town) ok(program string, args ...string) string {
	w.t.Helper()
	stdout, stderr, status := w.run(program, args...)
	if status != 0 {
		w.t.Fatalf("%s %v: %d\n%s", program, args, status, stderr)
	}
	return stdout
}

func (w *town) start(program string, args ...string) *process {
	w.t.Helper()
	p := &process{ended: make(chan error, 1), command: exec.Command(w.path(program), w.own(program, append([]string{"serve"}, args...)...)...)}
	p.command.Stderr = &p.log
	out, err := p.command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		w.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	go func() { p.ended <- p.command.Wait() }()
	w.t.Cleanup(func() {
		if p.command.ProcessState == nil {
			_ = p.command.Process.Kill()
			<-p.ended
		}
	})
	var said struct{ Listening string }
	if err != nil || json.Unmarshal(line, &said) != nil || said.Listening == "" {
		w.t.Fatalf("%s said %q: %v", program, line, err)
	}
	p.url = "https://" + said.Listening
	return p
}

func (p *process) end(t *testing.T, signal syscall.Signal) error {
	t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	return p.wait(t)
}

func (p *process) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("server does not end")
		return nil
	}
}

// open makes and starts authority and settlement.
func (w *town) open() {
	w.t.Helper()
	w.ok("authority", w.own("authority", "init", "--name", "countersign/1", "--init-token", "--so-pin-file", w.path("authority.so-pin"))...)
	w.authority = w.start("authority")
	code := w.ok("authority", w.data("authority", "code", "--role", "settlement", "--subject", "settlement-1", "--name", "Settlement", "--host", "127.0.0.1,localhost")...)
	said := w.ok("settlement", w.own("settlement", "enrol", "--authority", w.authority.url, "--code-file", w.write("code", code+"\n"),
		"--init-token", "--so-pin-file", w.path("settlement.so-pin"))...)
	if !strings.Contains(said, `"settlement":"settlement-1"`) {
		w.t.Errorf("enrol said %q", said)
	}
	w.server = w.start("settlement")
}

// device is an enrolled one.
type device struct {
	*enrolment.Credentials
	client *settlementclient.Client
}

func (w *town) enrol(role protocol.Role, subject, code string, byHash bool) device {
	w.t.Helper()
	config, err := w.tokens.Token(subject)
	if err != nil {
		w.t.Fatal(err)
	}
	unit, err := secureunit.Open(w.t.Context(), config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = unit.Close() })
	over := enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	c, err := enrolment.Enrol(w.t.Context(), over, enrolment.Options{AuthorityURL: w.authority.url, Code: code, Role: role, ByHash: byHash})
	if err != nil {
		w.t.Fatal(err)
	}
	d := device{Credentials: c}
	if role != protocol.RoleDesk {
		d.client = w.client(c, c.ClientTLS(protocol.RoleSettlement))
	}
	if byHash {
		deposit, err := enrolment.PendingDeposit(over)
		if err != nil || deposit == nil {
			w.t.Fatalf("pending deposit: %v", err)
		}
		if err := d.client.DepositTemplate(w.t.Context(), deposit); err != nil {
			w.t.Fatal(err)
		}
	}
	return d
}

func (w *town) client(c *enrolment.Credentials, config *tls.Config) *settlementclient.Client {
	w.t.Helper()
	client, err := settlementclient.New(settlementclient.Options{
		URL: w.server.url, TLS: config, Trust: func() protocol.Trust { return c.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return c.Certificate },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return client
}

// capture enrols a finger at the desk and returns the wallet's code.
func (w *town) capture(desk device, wallet protocol.ID, template protocol.Template) string {
	w.t.Helper()
	settlement := desk.Settlement.Unverified()
	sealed, err := protocol.SealEnrolledTemplate(*settlement.Device.Agreement, desk.Anchor.Authority, wallet, template)
	if err != nil {
		w.t.Fatal(err)
	}
	deposit, err := protocol.Sign(desk.Signer, protocol.TemplateDeposit{Authority: desk.Anchor.Authority, Wallet: wallet, Sealed: sealed,
		Captured: protocol.At(time.Now()), Desk: desk.Certificate, Consent: true})
	if err != nil {
		w.t.Fatal(err)
	}
	code, err := enrolment.DepositTemplate(w.t.Context(), desk.Credentials, enrolment.Options{}, deposit)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *town) register(wallet device, number protocol.Account, activation string) error {
	change, err := protocol.NewAccountChange(number, activation, protocol.NewCode(), protocol.At(time.Now()), wallet.Certificate)
	if err != nil {
		return err
	}
	signed, err := protocol.Sign(wallet.Signer, change)
	if err != nil {
		return err
	}
	_, err = wallet.client.RegisterAccount(w.t.Context(), signed)
	return err
}

// sell makes a submission of ¥78.00.
func (w *town) sell(terminal, wallet device, number protocol.Account, live protocol.Template) *protocol.Signed[protocol.Submission] {
	w.t.Helper()
	s, err := sell(w.t.Context(), terminal, wallet, number, live)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func sell(ctx context.Context, terminal, wallet device, number protocol.Account, live protocol.Template) (*protocol.Signed[protocol.Submission], error) {
	certificate, err := terminal.client.Certificate(ctx)
	if err != nil {
		return nil, err
	}
	settlement := certificate.Unverified()
	request, err := protocol.Sign(terminal.Signer, protocol.Request{
		Settlement: settlement.Subject, Amount: 7800, Currency: 156, Merchant: []byte("M-0001"), Scramble: protocol.NewCode(),
		Issued: protocol.At(time.Now()), Life: 60, Terminal: terminal.Certificate,
	})
	if err != nil {
		return nil, err
	}
	point := *settlement.Device.Agreement
	secret, err := protocol.SealPayerSecret(point, request.Hash(), wallet.Certificate.Hash(), protocol.PayerSecret{Account: number})
	if err != nil {
		return nil, err
	}
	payment, err := protocol.Sign(wallet.Signer, protocol.Payment{Request: request.Hash(), Amount: 7800, Currency: 156,
		Scramble: request.Unverified().Scramble, Secret: secret, Wallet: wallet.Certificate})
	if err != nil {
		return nil, err
	}
	print, err := protocol.SealLivePrint(point, request.Hash(), payment.Hash(), terminal.Subject, 1, live)
	if err != nil {
		return nil, err
	}
	sensor, captured := protocol.ID("R503"), protocol.At(time.Now())
	return protocol.Sign(terminal.Signer, protocol.Submission{Request: request, Payment: payment, Attempt: 1, Print: print, Sensor: &sensor, Captured: &captured})
}
