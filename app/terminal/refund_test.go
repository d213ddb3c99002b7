//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Refund, void, an unknown refund, the close of a shift, with every part real: a
// token that signs, a network that loses answers, settlement's program with its
// ledger.
func TestRefundsOnRealParts(t *testing.T) {
	s := openShop(t)
	s.hire()
	c := s.openCounter(t, func(_ *counter, settings *sale.Settings, _ *sale.Ports) { settings.StaffOnly = true })
	before := s.books()
	first, second, third := c.sell(s.owner), c.sell(s.other), c.sell(s.owner)

	// In part, by the number on the receipt, then no more than is left.
	if r := c.refund(first.Number, 3000); r.Ending != sale.Refunded || r.Settled == 0 || r.Void {
		t.Errorf("have %+v", r)
	}
	if _, err := c.till.PlanRefund(t.Context(), first.Number, 0, sum-2999); !errors.Is(err, sale.ErrTooMuch) {
		t.Errorf("more than is left: %v", err)
	}
	// As a whole, within the shift.
	if r := c.refund(second.Number, 0); r.Ending != sale.Refunded || !r.Void {
		t.Errorf("have %+v", r)
	}
	// The answer is lost: an alert stands, the same refund is sent again, and the
	// money goes back once.
	c.network.lose(losesAnswers)
	number := c.ask(third.Number, 500)
	c.until("the alert", func(v sale.View) bool {
		return len(v.Alerts) == 1 && v.Alerts[0].Refund && v.Alerts[0].Number == number
	})
	c.network.set(up)
	if r := c.refunded(number); r.Ending != sale.Refunded {
		t.Errorf("have %+v", r)
	}
	// A sale that settlement does not know.
	m, err := c.till.PlanRefund(t.Context(), 0, 987654, 100)
	if err != nil {
		t.Fatal(err)
	}
	if r := c.refunded(c.approved(m)); r.Ending != sale.Refused || r.Reason != sale.ReasonNotPaid {
		t.Errorf("have %+v", r)
	}
	c.quiet()
	s.wantMoved(t, before, map[*wallet]int64{s.owner: int64(2*sum - 3500), s.other: 0})

	// Every entry of a sale or refund names shift and cashier.
	if err := s.journal.All(func(sequence uint64, e sale.Entry) error {
		if e.Sale != 0 && (e.Shift != 1 || e.Cashier != "B-02") {
			t.Errorf("record %d: %+v", sequence, e)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	books, err := s.openReports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	z, err := s.closeShift(t.Context(), books, 0)
	if err != nil || z.Number != 1 || z.Shift != 1 || !z.Lodged || z.Compared == nil || !z.Compared.Agrees() || z.Compared.Same != 6 ||
		len(z.Differences) != 0 || z.Taken() != protocol.Sum(z.Compared.There[0].Paid) || z.Refunded() != protocol.Sum(z.Compared.There[0].Refunded) {
		t.Errorf("Z %+v: compared %+v, %v", z.Report, z.Compared, err)
	}
	shift := s.terminal.desk.Shift()
	head, _ := s.journal.Head()
	if at, there := s.journal.LastCheckpoint(); !there || at.Sequence != head || len(at.Receipt) == 0 {
		t.Errorf("checkpoint at %d with a receipt of %d bytes, the journal ends at %d", at.Sequence, len(at.Receipt), head)
	}
	s.prove()

	// The same by command, which the running terminal keeps waiting.
	flags := s.own.Own("--settlement", "https://"+s.network.address(), "--from", shift.Opened.Format(time.RFC3339), "--to", time.Now().Add(time.Minute).Format(time.RFC3339))
	if _, stderr, status := s.own.Run("reconcile", flags...); status != 1 || !strings.Contains(stderr, "The terminal is running") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if _, err := s.terminal.desk.OpenShift(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	c.till.Close()
	closed := s.terminal
	s.terminal = &terminal{log: slog.New(slog.DiscardHandler)} // nothing is left to be closed
	if err := closed.close(); err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Same      int
		Agrees    bool
		OnlyThere int `json:"only_there"`
	}
	closing := s.own.Own("--settlement", "https://"+s.network.address(), "--by", "B-02", "--by-pin-file", s.own.Write("cashier", "8140"), "--counted", "0.00")
	if stdout := s.own.OK("shift close", closing...); !strings.Contains(stdout, `"number":2`) || !strings.Contains(stdout, `"z":{"kind":"z","number":2`) || !strings.Contains(stdout, `"agrees":true`) {
		t.Errorf("shift 2: %s", stdout)
	}
	if _, stderr, status := s.own.Run("shift close", closing...); status != 1 || !strings.Contains(stderr, "none is open") {
		t.Errorf("a shift was closed twice: status %d\n%s", status, stderr)
	}
	lines := strings.Split(s.own.OK("reconcile", flags...), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &summary); err != nil || !summary.Agrees || summary.Same != 6 {
		t.Errorf("%+v, %v", summary, err)
	}
}

// hire adds a manager and a cashier, who begins a shift.
func (s *shop) hire() {
	s.tb.Helper()
	ctx, desk := s.tb.Context(), s.terminal.desk
	do := func(err error) {
		s.tb.Helper()
		if err != nil {
			s.tb.Fatal(err)
		}
	}
	do(desk.Add(ctx, nil, "A-01", staff.Manager, []byte("274913")))
	boss, err := desk.Login(ctx, "A-01", []byte("274913"))
	do(err)
	do(desk.Add(ctx, boss, "B-02", staff.Cashier, []byte("8140")))
	_, err = desk.SignIn(ctx, "B-02", []byte("8140"))
	do(err)
	_, err = desk.OpenShift(ctx, 0)
	do(err)
}

// approved has the manager approve a refund and asks for it.
func (c *counter) approved(m staff.Matter) (number uint64) {
	c.tb.Helper()
	approval, err := c.terminal.desk.Approve(c.tb.Context(), "A-01", []byte("274913"), m)
	if err != nil {
		c.tb.Fatal(err)
	}
	if number, err = c.till.Refund(c.tb.Context(), m, approval); err != nil {
		c.tb.Fatal(err)
	}
	return number
}

// ask plans a refund of a sale and asks for it.
func (c *counter) ask(of uint64, amount protocol.Amount) (number uint64) {
	c.tb.Helper()
	m, err := c.till.PlanRefund(c.tb.Context(), of, 0, amount)
	if err != nil {
		c.tb.Fatal(err)
	}
	return c.approved(m)
}

// refunded waits for a refund's end.
func (c *counter) refunded(number uint64) (r sale.RefundView) {
	c.tb.Helper()
	c.until("the refund", func(v sale.View) bool {
		for _, r = range v.Refunds {
			if r.Number == number && r.Stage == sale.Ended {
				return true
			}
		}
		return false
	})
	return r
}

func (c *counter) refund(of uint64, amount protocol.Amount) sale.RefundView {
	c.tb.Helper()
	return c.refunded(c.ask(of, amount))
}

// What a period can be.
func TestPeriod(t *testing.T) {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.Local)
	for _, test := range []struct {
		day, from, to string
		begins, ends  time.Time
	}{
		{"2026-11-22", "", "", day, day.AddDate(0, 0, 1)},
		{"", "2026-11-22T08:00:00Z", "2026-11-22T17:00:00+01:00", time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)},
		{"22.11.2026", "", "", time.Time{}, time.Time{}},
		{"", "", "", time.Time{}, time.Time{}},
		{"2026-11-22", "2026-11-22T08:00:00Z", "", time.Time{}, time.Time{}},
		{"", "2026-11-22T08:00:00Z", "", time.Time{}, time.Time{}},
		{"", "2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", time.Time{}, time.Time{}},
		{"", "2026-10-01T08:00:00Z", "2026-11-22T08:00:00Z", time.Time{}, time.Time{}},
		{"", "yesterday", "today", time.Time{}, time.Time{}},
	} {
		begins, ends, err := period(test.day, test.from, test.to)
		if wrong := test.begins.IsZero(); wrong != errors.Is(err, program.ErrUsage) || !wrong && (!begins.Equal(test.begins) || !ends.Equal(test.ends)) {
			t.Errorf("%+v: %v to %v, %v", test, begins, ends, err)
		}
	}
	var out, errOut bytes.Buffer
	if err := reconciliation(context.Background(), []string{"--data", t.TempDir(), "--day", "2026-11-22"}, &out, &errOut); !errors.Is(err, program.ErrUsage) {
		t.Errorf("without a settlement: %v", err)
	}
}
