package storepage_test

import (
	"os"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/settlement/settletest"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/virtualsettlement"
)

// town is the built authority and settlement on one machine, and devices with tokens
// of their own that are enrolled at the authority.
type town struct {
	programtest.Town
	t      *testing.T
	tokens *virtualtoken.Directory
	hand   *settletest.Hand
	print  protocol.Template // of the wallet's owner, live
}

// device is an enrolled one.
type device struct {
	*enrolment.Credentials
	client *settlementclient.Client
}

// newTown opens the town; serve are further flags of settlement's serve.
func newTown(t *testing.T, serve ...string) *town {
	t.Helper()
	w := &town{t: t, Town: programtest.Open(t, serve...), hand: settletest.NewHand(t, 3)}
	var err error
	if w.tokens, err = virtualtoken.Make(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, w.tokens.Conf())
	return w
}

// enrol has the authority give out a code and enrols with it.
func (w *town) enrol(role protocol.Role, subject string, more ...string) device {
	w.t.Helper()
	code, err := os.ReadFile(w.Code(role.String(), subject, more...))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.enrolBy(role, subject, string(code))
}

func (w *town) enrolBy(role protocol.Role, subject, code string) device {
	w.t.Helper()
	config, err := w.tokens.Token(subject)
	if err != nil {
		w.t.Fatal(err)
	}
	unit, err := secureunit.Open(w.t.Context(), config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := unit.Close(); err != nil {
			w.t.Error(err)
		}
	})
	over := enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	c, err := enrolment.Enrol(w.t.Context(), over, enrolment.Options{AuthorityURL: w.Authority.URL(), Code: code, Role: role})
	if err != nil {
		w.t.Fatal(err)
	}
	d := device{Credentials: c}
	if role == protocol.RoleDesk {
		return d
	}
	d.client, err = settlementclient.New(settlementclient.Options{
		URL: w.Settlement.URL(), TLS: c.ClientTLS(protocol.RoleSettlement), Trust: func() protocol.Trust { return c.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return c.Certificate },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(d.client.Close)
	return d
}

// owner enrols a wallet whose owner has a finger.
func (w *town) owner(subject protocol.ID) device {
	w.t.Helper()
	desk := w.enrol(protocol.RoleDesk, "D-0001")
	finger := w.hand.Finger()
	w.print = w.hand.Capture(finger)
	settlement := desk.Settlement.Unverified()
	sealed, err := protocol.SealEnrolledTemplate(*settlement.Device.Agreement, desk.Anchor.Authority, subject, w.hand.Template(finger))
	if err != nil {
		w.t.Fatal(err)
	}
	deposit := signed(w.t, desk, protocol.TemplateDeposit{Authority: desk.Anchor.Authority, Wallet: subject, Sealed: sealed,
		Captured: protocol.At(time.Now()), Desk: desk.Certificate, Consent: true})
	code, err := enrolment.DepositTemplate(w.t.Context(), desk.Credentials, enrolment.Options{}, deposit)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.enrolBy(protocol.RoleWallet, string(subject), code)
}

func (w *town) register(wallet device, number protocol.Account, activation string) {
	w.t.Helper()
	change, err := protocol.NewAccountChange(number, activation, protocol.NewCode(), protocol.At(time.Now()), wallet.Certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := wallet.client.RegisterAccount(w.t.Context(), signed(w.t, wallet, change)); err != nil {
		w.t.Fatal(err)
	}
}

// sell makes a sale of ¥78.00 that is paid.
func (w *town) sell(terminal, wallet device, number protocol.Account) {
	w.t.Helper()
	certificate, err := terminal.client.Certificate(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	settlement := certificate.Unverified()
	request := signed(w.t, terminal, protocol.Request{Settlement: settlement.Subject, Amount: 7800, Currency: 156, Merchant: []byte("M-0001"), Scramble: protocol.NewCode(),
		Issued: protocol.At(time.Now()), Life: 60, Terminal: terminal.Certificate})
	point := *settlement.Device.Agreement
	secret, err := protocol.SealPayerSecret(point, request.Hash(), wallet.Certificate.Hash(), protocol.PayerSecret{Account: number})
	if err != nil {
		w.t.Fatal(err)
	}
	payment := signed(w.t, wallet, protocol.Payment{Request: request.Hash(), Amount: 7800, Currency: 156, Scramble: request.Unverified().Scramble, Secret: secret, Wallet: wallet.Certificate})
	print, err := protocol.SealLivePrint(point, request.Hash(), payment.Hash(), terminal.Subject, 1, w.print)
	if err != nil {
		w.t.Fatal(err)
	}
	sensor, captured := protocol.ID("R503"), protocol.At(time.Now())
	submission := signed(w.t, terminal, protocol.Submission{Request: request, Payment: payment, Attempt: 1, Print: print, Sensor: &sensor, Captured: &captured})
	answer, err := virtualsettlement.Submit(w.t.Context(), terminal.client, submission)
	if err != nil || answer.Outcome.Result != protocol.ResultPaid {
		w.t.Fatalf("the sale: %+v, %v\n%s", answer.Outcome, err, w.Settlement.Log.Tail())
	}
}
