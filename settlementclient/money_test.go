package settlementclient_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// pay makes n paid sales and returns the last one's outcome.
func (c *counter) pay(n int) protocol.Outcome {
	c.t.Helper()
	var last protocol.Outcome
	for i := range n {
		claims := c.sale.RequestClaims()
		claims.Scramble[0], claims.Scramble[1] = byte(i), byte(i>>8)
		request := protocoltest.Sign(c.t, c.sale.Terminal.Key, claims)
		s := c.sale.Submission(c.t, request, c.sale.Payment(c.t, request, nil), 1, protocoltest.Template(120, "live"))
		answer, err := virtualsettlement.Submit(c.t.Context(), c.client, s)
		if err != nil || !answer.Paid() {
			c.t.Fatalf("sale %d: %+v, %v", i, answer.Outcome, err)
		}
		last = answer.Outcome
	}
	return last
}

func (c *counter) refund(reference uint64, amount protocol.Amount, key byte) *protocol.Signed[protocol.Refund] {
	c.t.Helper()
	return protocoltest.Sign(c.t, c.sale.Terminal.Key, protocol.Refund{Reference: reference, Amount: amount, Currency: c.sale.Currency,
		Key: protocol.Code{key}, Staff: "S-1", Sent: protocol.At(c.sale.Realm.Now)})
}

func TestRefunds(t *testing.T) {
	c := newCounter(t)
	paid := c.pay(1)
	for _, step := range []struct {
		name     string
		refund   *protocol.Signed[protocol.Refund]
		want     protocol.RefundResult
		refunded protocol.Amount
	}{
		{"part", c.refund(paid.Reference, 100, 1), protocol.RefundMade, 100},
		{"the same again", c.refund(paid.Reference, 100, 1), protocol.RefundMade, 100},
		{"more than is left", c.refund(paid.Reference, paid.Amount-99, 2), protocol.RefundExceeds, 100},
		{"other content under the key", c.refund(paid.Reference, 200, 1), protocol.RefundConflict, 100},
		{"all that is left", c.refund(paid.Reference, paid.Amount-100, 3), protocol.RefundMade, paid.Amount},
		{"no such sale", c.refund(99, 100, 4), protocol.RefundNotPaid, 0},
	} {
		answer, err := c.client.Refund(t.Context(), step.refund)
		if err != nil {
			t.Fatal(step.name, err)
		}
		if answer.Outcome.Result != step.want || answer.Outcome.Refunded != step.refunded || answer.Made() != (step.want == protocol.RefundMade) {
			t.Errorf("%s: %+v", step.name, answer.Outcome)
		}
	}
}

// faults plays each fault and wants its error; the message is repeated after it.
func faults(t *testing.T, c *counter, path string, again func() error, tests map[virtualsettlement.Fault]error) {
	t.Helper()
	for fault, want := range tests {
		c.server.Fail(path, fault)
		only(t, again(), want)
		if t.Failed() {
			t.Fatalf("fault %d of %s", fault, path)
		}
		if err := again(); err != nil {
			t.Fatalf("repeated after fault %d of %s: %v", fault, path, err)
		}
	}
}

func TestFaultsOfRefundsTotalsAndAnchors(t *testing.T) {
	c := newCounter(t, func(o *settlementclient.Options) { o.Answer = 300 * time.Millisecond })
	unknown := map[virtualsettlement.Fault]error{}
	for _, fault := range []virtualsettlement.Fault{virtualsettlement.HangUpBeforeReading, virtualsettlement.HangUpAfterReading, virtualsettlement.HangUpInAnswer,
		virtualsettlement.AnswerLate, virtualsettlement.Unsigned, virtualsettlement.OtherSale, virtualsettlement.Garbage, virtualsettlement.Failed,
		virtualsettlement.Gateway, virtualsettlement.Redirect} {
		unknown[fault] = settlementclient.ErrUnknown
	}
	with := func(more map[virtualsettlement.Fault]error) map[virtualsettlement.Fault]error {
		for fault, want := range unknown {
			more[fault] = want
		}
		return more
	}
	paid := c.pay(1)
	refund := c.refund(paid.Reference, 100, 1)
	faults(t, c, protocol.PathRefunds, func() error { _, err := c.client.Refund(t.Context(), refund); return err }, with(map[virtualsettlement.Fault]error{
		virtualsettlement.OtherAmount: settlementclient.ErrUnknown, virtualsettlement.OtherAttempt: settlementclient.ErrUnknown,
		virtualsettlement.NoSuchPath: settlementclient.ErrUnknown, virtualsettlement.Undecided: settlementclient.ErrUndecided, virtualsettlement.Overloaded: settlementclient.ErrNotKept,
	}))
	if lines := c.server.Lines(); len(lines) != 2 {
		t.Errorf("a refund that was repeated after every fault was booked as %+v", lines)
	}
	now := protocol.At(c.sale.Realm.Now)
	query := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.TotalsQuery{From: now - 60, To: now + 60, Sent: now})
	faults(t, c, protocol.PathTotals, func() error { _, err := c.client.Totals(t.Context(), query); return err }, with(map[virtualsettlement.Fault]error{
		virtualsettlement.OtherParty: settlementclient.ErrUnknown, virtualsettlement.Undecided: settlementclient.ErrUnknown, virtualsettlement.Overloaded: settlementclient.ErrRefused,
	}))
	anchor := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.JournalAnchor{Sequence: 7, Head: protocol.Hash{7}, At: now})
	faults(t, c, protocol.PathAnchors, func() error { _, err := c.client.Anchor(t.Context(), anchor); return err }, with(map[virtualsettlement.Fault]error{
		virtualsettlement.OtherParty: settlementclient.ErrUnknown, virtualsettlement.OtherAttempt: settlementclient.ErrUnknown,
		virtualsettlement.Contradicted: settlementclient.ErrRefused, virtualsettlement.Overloaded: settlementclient.ErrRefused,
	}))
	hinted := func(err error, words string) {
		t.Helper()
		var h interface{ Hint() string }
		if !errors.As(err, &h) || !strings.Contains(h.Hint(), words) {
			t.Errorf("the hint of %v does not say %q", err, words)
		}
	}
	c.server.Fail(protocol.PathRefunds, virtualsettlement.HangUpAfterReading)
	_, err := c.client.Refund(t.Context(), refund)
	hinted(err, "Do not refund another way")
	c.client.Close() // idle connections, on which it would be unknown
	c.server.Close()
	_, err = c.client.Refund(t.Context(), refund)
	only(t, err, settlementclient.ErrUnreachable)
	hinted(err, "Nothing was refunded")
	_, err = c.client.Totals(t.Context(), query)
	only(t, err, settlementclient.ErrUnreachable)
	hinted(err, "No money was moved")
	_, err = c.client.Anchor(t.Context(), anchor)
	only(t, err, settlementclient.ErrUnreachable)
}

// Guarantee 5.
func TestTotalsOfManyPages(t *testing.T) {
	c := newCounter(t)
	paid := c.pay(7)
	if _, err := c.client.Refund(t.Context(), c.refund(paid.Reference, 100, 1)); err != nil {
		t.Fatal(err)
	}
	c.server.PageSize(3)
	now := protocol.At(c.sale.Realm.Now)
	all := func() (settlementclient.Totals, error) {
		return c.client.AllTotals(t.Context(), now-60, now+60, c.signTotals)
	}
	have, err := all()
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b protocol.TotalsLine) bool {
		if (a.Refund == nil) != (b.Refund == nil) || a.Refund != nil && *a.Refund != *b.Refund {
			return false
		}
		a.Refund, b.Refund = nil, nil
		return a == b
	}
	if !slices.EqualFunc(have.Lines, c.server.Lines(), same) || !slices.Equal(have.Sums, protocol.SumTotals(c.server.Lines())) || len(have.Pages) != 3 || have.Closed {
		t.Errorf("have %+v", have)
	}
	for name, test := range map[string]struct {
		faults []virtualsettlement.Fault
		want   error
	}{
		"a line is missing from the first page":    {[]virtualsettlement.Fault{virtualsettlement.LostLine}, settlementclient.ErrTotalsUnfit},
		"a line is missing from the second":        {[]virtualsettlement.Fault{virtualsettlement.None, virtualsettlement.LostLine}, settlementclient.ErrTotalsUnfit},
		"a line is missing from the last":          {[]virtualsettlement.Fault{virtualsettlement.None, virtualsettlement.None, virtualsettlement.LostLine}, settlementclient.ErrTotalsUnfit},
		"the sums change while the period goes on": {[]virtualsettlement.Fault{virtualsettlement.None, virtualsettlement.OtherSums}, settlementclient.ErrTotalsGrew},
		"the sums of every page are wrong":         {[]virtualsettlement.Fault{virtualsettlement.OtherSums, virtualsettlement.OtherSums, virtualsettlement.OtherSums}, settlementclient.ErrTotalsUnfit},
		"a page is lost":                           {[]virtualsettlement.Fault{virtualsettlement.None, virtualsettlement.HangUpAfterReading}, settlementclient.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			c.server.Fail(protocol.PathTotals, test.faults...)
			have, err := all()
			if !errors.Is(err, test.want) || have.Lines != nil {
				t.Errorf("%v, %+v", err, have)
			}
			if _, err := all(); err != nil {
				t.Errorf("again: %v", err)
			}
		})
	}
	t.Run("pages never end", func(t *testing.T) {
		before := c.server.Received(protocol.PathTotals)
		c.server.Fail(protocol.PathTotals, virtualsettlement.None, virtualsettlement.None, virtualsettlement.OneMoreLine)
		if _, err := all(); !errors.Is(err, settlementclient.ErrTotalsUnfit) {
			t.Error(err)
		}
		if asked := c.server.Received(protocol.PathTotals) - before; asked != 3 {
			t.Errorf("asked for %d pages, and the sums count no more after the third", asked)
		}
	})
	t.Run("the sums of a period that is over change", func(t *testing.T) {
		c.server.Fail(protocol.PathTotals, virtualsettlement.Past, virtualsettlement.PastOtherSums)
		if _, err := all(); !errors.Is(err, settlementclient.ErrTotalsUnfit) {
			t.Error(err)
		}
	})
	t.Run("something is booked between two pages", func(t *testing.T) {
		pages := 0
		var last error
		for _, err := range c.client.TotalsPages(t.Context(), now-60, now+60, c.signTotals) {
			if last = err; pages == 0 {
				if _, err := c.client.Refund(t.Context(), c.refund(paid.Reference, 50, 2)); err != nil {
					t.Fatal(err)
				}
			}
			pages++
		}
		if !errors.Is(last, settlementclient.ErrTotalsGrew) || pages != 2 {
			t.Errorf("%d pages, then %v", pages, last)
		}
	})
	t.Run("nothing was booked", func(t *testing.T) {
		have, err := c.client.AllTotals(t.Context(), now-120, now-60, c.signTotals)
		if err != nil || len(have.Lines) != 0 || len(have.Sums) != 0 || !have.Closed {
			t.Errorf("%+v, %v", have, err)
		}
	})
	t.Run("no key", func(t *testing.T) {
		broken := errors.New("no token")
		_, err := c.client.AllTotals(t.Context(), now-60, now, func(protocol.TotalsQuery) (*protocol.Signed[protocol.TotalsQuery], error) { return nil, broken })
		if !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func (c *counter) signTotals(q protocol.TotalsQuery) (*protocol.Signed[protocol.TotalsQuery], error) {
	return protocol.Sign(c.sale.Terminal.Key, q)
}

func TestAnchors(t *testing.T) {
	c := newCounter(t)
	lodge := func(sequence uint64, head byte) error {
		a := protocoltest.Sign(t, c.sale.Terminal.Key, protocol.JournalAnchor{Sequence: sequence, Head: protocol.Hash{head}, At: protocol.At(c.sale.Realm.Now)})
		answer, err := c.client.Anchor(t.Context(), a)
		if err == nil && (answer.Receipt.Sequence != sequence || answer.Receipt.Head != protocol.Hash{head} || answer.Receipt.Terminal != "T-0001") {
			t.Errorf("receipt is %+v", answer.Receipt)
		}
		return err
	}
	for range 2 {
		if err := lodge(7, 1); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{"another head": lodge(7, 2), "an earlier record": lodge(6, 3)} {
		if !errors.Is(err, settlementclient.ErrRefused) || !errors.Is(err, &problem.Problem{Code: problem.Conflict}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := lodge(8, 4); err != nil {
		t.Error(err)
	}
}
