package ledger

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
)

// A commit is cut off, and the database that is found afterwards does not know
// this process: it was put back, or a standby took over that was behind. That is
// no word that the payment was kept.
func TestPostgresCommitForgotten(t *testing.T) {
	f := newFixture(t)
	direct := postgres(t).place(t)
	line, address := newWire(t, shared.Server(t).Socket(), direct)
	armed := false
	l := postgres(t).openAt(t, address, Options{FailPoint: func(point string) {
		switch {
		case armed && point == pointCommit:
			line.hold()
		case armed && point == pointSent:
			armed = false
			line.said()
			c, err := pgx.Connect(t.Context(), direct)
			if err != nil {
				t.Error(err)
				return
			}
			if tag, err := c.Exec(t.Context(), "DELETE FROM writers"); err != nil || tag.RowsAffected() != 1 {
				t.Errorf("%v, %v", tag, err)
			}
			if err := c.Close(t.Context()); err != nil {
				t.Error(err)
			}
			line.lose()
		}
	}})
	f.fill(l, 1000)
	f.update(l, f.pay(1, 10)) // from here on all statements are prepared
	armed = true
	if err := l.Update(t.Context(), f.pay(2, 10)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("have %v", err)
	}
	if armed {
		t.Fatal("nothing was cut")
	}
	if have := balance(t, l, shop); have != 10 {
		t.Errorf("shop has %d", have)
	}
	f.update(l, f.pay(2, 10)) // the process is known again
	if have := balance(t, l, shop); have != 20 {
		t.Errorf("shop has %d", have)
	}
	holds(t, l)
}
