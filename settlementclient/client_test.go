package settlementclient_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// counter is a terminal with a client, and a virtual settlement server.
type counter struct {
	t      *testing.T
	sale   protocoltest.Sale
	server *virtualsettlement.Server
	client *settlementclient.Client
}

func newCounter(t *testing.T, change ...func(*settlementclient.Options)) *counter {
	t.Helper()
	sale := protocoltest.NewSale(t, 120, false)
	server := virtualsettlement.Start(t, sale)
	o := settlementclient.Options{
		URL: server.URL, TLS: server.TLS.Client(protocol.RoleTerminal, sale.Terminal.Subject), Trust: sale.Realm.Trust,
		Certificate: func() *protocol.Signed[protocol.Certificate] { return sale.Terminal.Certificate },
		Clock:       func() time.Time { return sale.Realm.Now },
	}
	for _, c := range change {
		c(&o)
	}
	client, err := settlementclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &counter{t, sale, server, client}
}

func (c *counter) submission(attempt uint8) *protocol.Signed[protocol.Submission] {
	c.t.Helper()
	request := c.sale.Request(c.t)
	return c.sale.Submission(c.t, request, c.sale.Payment(c.t, request, nil), attempt, protocoltest.Template(120, "live"))
}

func advice(s *protocol.Signed[protocol.Submission]) protocol.Advice {
	claims := s.Unverified()
	asked := claims.Request.Unverified()
	return protocol.Advice{Request: claims.Request.Hash(), Payment: claims.Payment.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble}
}

func TestResults(t *testing.T) {
	for result := protocol.ResultPaid; result <= protocol.ResultDeclined; result++ {
		t.Run(result.String(), func(t *testing.T) {
			c := newCounter(t)
			c.server.Decide(func(protocol.Submission) protocol.Result { return result })
			answer, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
			if err != nil {
				t.Fatal(err)
			}
			if answer.Outcome.Result != result || answer.Paid() != (result == protocol.ResultPaid) || answer.Retry() != (result == protocol.ResultRetryFinger) {
				t.Errorf("have %+v", answer.Outcome)
			}
		})
	}
}

// Guarantees 1 to 3: which error it is decides about money.
func TestFaultsOfSubmission(t *testing.T) {
	tests := []struct {
		fault virtualsettlement.Fault
		name  string
		want  error
		read  int // submissions that settlement has read
	}{
		{virtualsettlement.HangUpBeforeReading, "hangs up before reading", settlementclient.ErrUnknown, 0},
		{virtualsettlement.HangUpAfterReading, "hangs up after reading", settlementclient.ErrUnknown, 1},
		{virtualsettlement.HangUpInAnswer, "hangs up in its answer", settlementclient.ErrUnknown, 1},
		{virtualsettlement.AnswerLate, "answers late", settlementclient.ErrUnknown, 1},
		{virtualsettlement.OtherSale, "outcome of another sale", settlementclient.ErrUnknown, 1},
		{virtualsettlement.OtherAmount, "outcome about another amount", settlementclient.ErrUnknown, 1},
		{virtualsettlement.OtherAttempt, "outcome about another attempt", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Unsigned, "outcome signed by somebody else", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Garbage, "garbage", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Failed, "fails", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Gateway, "a gateway's error page", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Redirect, "redirects", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Undecided, "202 for a submission", settlementclient.ErrUnknown, 1},
		{virtualsettlement.NoSuchPath, "knows no submissions", settlementclient.ErrUnknown, 1},
		{virtualsettlement.Overloaded, "overloaded", settlementclient.ErrNotKept, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t, func(o *settlementclient.Options) { o.Answer = 300 * time.Millisecond })
			c.server.Fail(protocol.PathPayments, test.fault)
			submission := c.submission(1)
			answer, err := virtualsettlement.Submit(t.Context(), c.client, submission)
			only(t, err, test.want)
			if answer.Signed != nil {
				t.Errorf("answered %+v beside the error", answer.Outcome)
			}
			if read := c.server.Received(protocol.PathPayments); read != test.read {
				t.Errorf("settlement has read %d submissions", read)
			}
			// Nothing is broken for good: the same submission, again.
			if answer, err := virtualsettlement.Submit(t.Context(), c.client, submission); err != nil || !answer.Paid() {
				t.Errorf("again: %+v, %v", answer.Outcome, err)
			}
		})
	}
}

// only fails unless err wraps exactly the wanted one of the errors that decide.
func only(t *testing.T, err, want error) {
	t.Helper()
	for _, kind := range []error{settlementclient.ErrUnreachable, settlementclient.ErrUntrusted, settlementclient.ErrNotKept, settlementclient.ErrUnknown,
		settlementclient.ErrUndecided, settlementclient.ErrNeverSeen, settlementclient.ErrRefused, settlementclient.ErrTotalsGrew, settlementclient.ErrTotalsUnfit} {
		if errors.Is(err, kind) != (kind == want) {
			t.Errorf("%v\nis %q: %v", err, kind, kind != want)
		}
	}
}

func TestAdvices(t *testing.T) {
	c := newCounter(t)
	s := c.submission(1)
	query := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.Query(advice(s)))
	acknowledgement := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.Acknowledgement(advice(s)))
	reversal := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.Reversal(advice(s)))
	_, err := c.client.Query(t.Context(), query)
	only(t, err, settlementclient.ErrNeverSeen)
	_, err = c.client.Acknowledge(t.Context(), acknowledgement)
	only(t, err, settlementclient.ErrNeverSeen)
	c.server.Fail(protocol.PathPayments, virtualsettlement.HangUpAfterReading)
	_, err = virtualsettlement.Submit(t.Context(), c.client, s)
	only(t, err, settlementclient.ErrUnknown)
	if answer, err := c.client.Query(t.Context(), query); err != nil || !answer.Paid() {
		t.Errorf("query: %+v, %v", answer.Outcome, err)
	}
	c.server.Fail(protocol.PathQueries, virtualsettlement.Undecided, virtualsettlement.Unsigned)
	_, err = c.client.Query(t.Context(), query)
	only(t, err, settlementclient.ErrUndecided)
	_, err = c.client.Query(t.Context(), query)
	only(t, err, settlementclient.ErrUnknown)
	if answer, err := c.client.Acknowledge(t.Context(), acknowledgement); err != nil || !answer.Paid() {
		t.Errorf("acknowledge: %+v, %v", answer.Outcome, err)
	}
	if answer, err := c.client.Reverse(t.Context(), reversal); err != nil || answer.Outcome.Result != protocol.ResultReversed {
		t.Errorf("reverse: %+v, %v", answer.Outcome, err)
	}
}

func TestAccountsAndTemplates(t *testing.T) {
	c := newCounter(t)
	change, err := protocol.NewAccountChange(c.sale.Account, "ABCDEFGH", protocol.Code{1}, protocol.At(c.sale.Realm.Now), c.sale.Wallet.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	signed := protocoltest.Sign(t, c.sale.Wallet.Key, change)
	if info, err := c.client.RegisterAccount(t.Context(), signed); err != nil || info.Kind != protocol.AccountPrepaid {
		t.Errorf("register: %+v, %v", info, err)
	}
	c.server.Fail(protocol.PathAccounts, virtualsettlement.Overloaded, virtualsettlement.Garbage, virtualsettlement.HangUpAfterReading)
	_, err = c.client.RegisterAccount(t.Context(), signed)
	only(t, err, settlementclient.ErrRefused)
	if !errors.Is(err, &problem.Problem{Code: problem.Busy}) {
		t.Errorf("the problem is lost: %v", err)
	}
	for range 2 {
		_, err = c.client.RegisterAccount(t.Context(), signed)
		only(t, err, settlementclient.ErrUnknown)
	}
	desk := c.sale.Realm.Desk("D-0001")
	sealed, err := protocol.SealEnrolledTemplate(c.sale.Settlement.Point(t), c.sale.Realm.Name, "W-0001", protocoltest.Template(120, "enrolled"))
	if err != nil {
		t.Fatal(err)
	}
	deposit := protocoltest.Sign(t, desk.Key, protocol.TemplateDeposit{Authority: c.sale.Realm.Name, Wallet: "W-0001", Sealed: sealed,
		Captured: protocol.At(c.sale.Realm.Now), Desk: desk.Certificate, Consent: true})
	if err := c.client.DepositTemplate(t.Context(), deposit); err != nil {
		t.Error(err)
	}
	c.server.Fail(protocol.PathDeposits, virtualsettlement.Overloaded)
	only(t, c.client.DepositTemplate(t.Context(), deposit), settlementclient.ErrRefused)
}

// One certificate is fetched for many sales at once; the client is used by
// several goroutines.
func TestManyAtOnce(t *testing.T) {
	c := newCounter(t)
	if _, err := c.client.Certificate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for n := range 8 {
		claims := c.sale.RequestClaims()
		claims.Scramble[0] = byte(n)
		request := protocoltest.Sign(t, c.sale.Terminal.Key, claims)
		s := c.sale.Submission(t, request, c.sale.Payment(t, request, nil), 1, protocoltest.Template(120, "live"))
		wait.Go(func() {
			if answer, err := virtualsettlement.Submit(t.Context(), c.client, s); err != nil || !answer.Paid() {
				t.Errorf("sale %d: %v", n, err)
			}
		})
	}
	wait.Wait()
	if n := c.server.Received(protocol.PathCertificate); n != 1 {
		t.Errorf("the certificate was fetched %d times", n)
	}
}
