package report

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/protocol"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const yuan protocol.Currency = 156

// recorder is the journal as the desk sees it.
type recorder struct{ *journal.Journal }

func (r recorder) Record(ctx context.Context, e staff.Event) error {
	return r.Append(ctx, sale.Entry{Event: sale.Event(e.Kind), At: e.At, Shift: e.Shift, Cashier: e.By, Staff: &e})
}

// counting counts what is read of a journal.
type counting struct {
	*journal.Journal
	read int
	fail sale.Event // appending it fails
}

var errDisk = errors.New("input/output error")

func (c *counting) Since(ctx context.Context, from uint64, visit func(uint64, sale.Entry) error) error {
	return c.Journal.Since(ctx, from, func(record uint64, e sale.Entry) error {
		c.read++
		return visit(record, e)
	})
}

func (c *counting) Append(ctx context.Context, e sale.Entry) error {
	if e.Event == c.fail {
		return errDisk
	}
	return c.Journal.Append(ctx, e)
}

// shop is a terminal's journal, desk and books, in files.
type shop struct {
	t       testing.TB
	dir     string
	journal *counting
	store   *store.Store
	desk    *staff.Desk
	books   *Books
	key     *ecdsa.PrivateKey
	options Options // changed before open

	mu  sync.Mutex
	now time.Time
}

func newShop(t testing.TB) *shop {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, dir: t.TempDir(), key: key, now: morning}
	s.options = newOptions(s)
	return s
}

// newOptions are those of a shop that agrees with settlement.
func newOptions(s *shop) Options {
	return Options{
		Currency: yuan, Now: s.clock, Log: slog.New(slog.DiscardHandler),
		Signer: func() (crypto.Signer, error) { return s.key, nil }, Who: func() (string, protocol.ID) { return "Corner Café", "T-0001" },
		Compare: func(context.Context, time.Time, time.Time) (reconcile.Report, error) { return reconcile.Report{}, nil },
	}
}

// clock goes on a second with each look.
func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(time.Second)
	return s.now
}

// open opens everything, hiring on the first day.
func (s *shop) open() *shop {
	s.t.Helper()
	s.openJournal(journal.Options{Reserve: 4096})
	ctx := s.t.Context()
	if s.desk.Empty() {
		s.must(s.desk.Add(ctx, nil, "A-01", staff.Manager, []byte("274913")))
	}
	_, err := s.desk.SignIn(ctx, "A-01", []byte("274913"))
	s.must(err)
	s.openBooks()
	return s
}

func (s *shop) openJournal(o journal.Options) {
	s.t.Helper()
	j, err := journal.Open(s.t.Context(), filepath.Join(s.dir, "journal.db"), o)
	s.must(err)
	s.journal = &counting{Journal: j}
	s.store, err = store.Open(filepath.Join(s.dir, "staff.db"))
	s.must(err)
	s.desk, err = staff.Open(s.t.Context(), staff.Options{
		Store: s.store, Recorder: recorder{j}, Now: s.clock, Log: slog.New(slog.DiscardHandler), Costs: staff.Costs{Memory: 64, Time: 1, Threads: 1},
	})
	s.must(err)
}

func (s *shop) openBooks() {
	s.t.Helper()
	o := s.options
	o.Journal, o.Desk = s.journal, s.desk
	var err error
	s.books, err = Open(s.t.Context(), o)
	s.must(err)
}

func (s *shop) close() {
	s.t.Helper()
	s.must(s.journal.Close(), s.store.Close())
}

func (s *shop) must(errs ...error) {
	s.t.Helper()
	if err := errors.Join(errs...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) shift(float protocol.Amount) {
	s.t.Helper()
	_, err := s.desk.OpenShift(s.t.Context(), float)
	s.must(err)
}

// add writes entries of the open shift; number 0 stays, -1 is the next one's.
func (s *shop) add(entries ...sale.Entry) {
	s.t.Helper()
	for _, e := range entries {
		e.At, e.Shift, e.Cashier = s.clock(), s.desk.Shift().Number, "A-01"
		if e.Currency == 0 {
			e.Currency = yuan
		}
		s.must(s.journal.Append(s.t.Context(), e))
	}
}

// cash is a sale for cash, with the next number.
func (s *shop) cash(amount protocol.Amount) uint64 {
	s.t.Helper()
	number := s.journal.NextNumber()
	s.add(sale.Entry{Sale: number, Event: sale.EventCashSold, Amount: amount, Ending: sale.Paid, Cash: &sale.CashOf{Given: amount}})
	return number
}

func (s *shop) z(counted protocol.Amount) Signed {
	s.t.Helper()
	z, err := s.books.Z(s.t.Context(), counted)
	s.must(err)
	return z
}

func (s *shop) x() Report {
	s.t.Helper()
	x, err := s.books.X(s.t.Context())
	s.must(err)
	return x
}

// zs are the numbers and shifts of the Zs in the journal, "1:1 2:2", which must verify.
func (s *shop) zs() string {
	s.t.Helper()
	public, err := protocol.NewKey(&s.key.PublicKey)
	s.must(err)
	_, err = Verify(s.t.Context(), s.journal, public, "")
	s.must(err)
	var text string
	s.must(s.journal.Journal.Since(s.t.Context(), 1, func(_ uint64, e sale.Entry) error {
		if e.Event == sale.EventZ {
			text += fmt.Sprintf(" %d:%d", e.Report.Number, e.Shift)
		}
		return nil
	}))
	return text
}
