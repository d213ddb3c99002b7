package main_test

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/settlement/ledger/postgrestest"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

func TestMain(m *testing.M) { os.Exit(programtest.Main(m)) }

// town is the built authority and settlement on one machine, and devices with
// tokens of their own that are enrolled at the authority.
type town struct {
	programtest.Town
	t      *testing.T
	tokens *virtualtoken.Directory
}

// newTown opens the town; serve are further flags of settlement's serve.
func newTown(t *testing.T, serve ...string) *town {
	t.Helper()
	w := &town{t: t, Town: programtest.Open(t, serve...)}
	var err error
	if w.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, w.tokens.Conf())
	return w
}

// everyStore runs a test with the ledger in the data directory, and in a database, whose
// flags of serve it gets.
func everyStore(t *testing.T, test func(t *testing.T, database *postgrestest.Server, kept []string)) {
	t.Run("bolt", func(t *testing.T) { test(t, nil, nil) })
	t.Run("postgres", func(t *testing.T) {
		server := newDatabase(t)
		file := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(file, []byte(server.URL("postgres")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		test(t, server, []string{"--database-file", file})
	})
}

// newDatabase is a PostgreSQL server that is stopped when the test ends.
func newDatabase(t *testing.T) *postgrestest.Server {
	t.Helper()
	server, err := postgrestest.Start(t.Context(), postgrestest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// invite has the authority give out an enrolment code.
func (w *town) invite(role, subject string, more ...string) (code string) {
	w.t.Helper()
	text, err := os.ReadFile(w.Code(role, subject, more...))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
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
	c, err := enrolment.Enrol(w.t.Context(), over, enrolment.Options{AuthorityURL: w.Authority.URL(), Code: code, Role: role, ByHash: byHash})
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
		URL: w.Settlement.URL(), TLS: config, Trust: func() protocol.Trust { return c.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return c.Certificate },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return client
}

// capture enrols a finger at the desk and returns the wallet's code.
func (w *town) capture(desk device, wallet protocol.ID, template protocol.Template) (code string) {
	w.t.Helper()
	code, _ = w.deposit(desk, wallet, template)
	return code
}

// deposit is capture that returns the sealed template as well.
func (w *town) deposit(desk device, wallet protocol.ID, template protocol.Template) (code string, sealed protocol.Sealed) {
	w.t.Helper()
	sealed, err := protocol.SealEnrolledTemplate(*desk.Settlement.Unverified().Device.Agreement, desk.Anchor.Authority, wallet, template)
	if err != nil {
		w.t.Fatal(err)
	}
	deposit, err := protocol.Sign(desk.Signer, protocol.TemplateDeposit{Authority: desk.Anchor.Authority, Wallet: wallet, Sealed: sealed,
		Captured: protocol.At(time.Now()), Desk: desk.Certificate, Consent: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if code, err = enrolment.DepositTemplate(w.t.Context(), desk.Credentials, enrolment.Options{}, deposit); err != nil {
		w.t.Fatal(err)
	}
	return code, sealed
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
