package ledger

import (
	"errors"
	"testing"

	"countersign/protocol"
)

// Guarantees 5 and 7, change by change: what a paid sale may still become.
func TestWhatAPaidSaleMayBecome(t *testing.T) { everyStore(t, testWhatAPaidSaleMayBecome) }

func testWhatAPaidSaleMayBecome(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	f.update(l, f.pay(1, 300))
	f.update(l, giveBack(201, 1, 100))
	f.update(l, f.pay(2, 300))
	f.update(l, func(tx Tx) error { // acknowledged
		s, err := tx.Sale(key(2))
		if err != nil {
			return err
		}
		s.Acknowledged = 60
		return tx.PutSale(key(2), s)
	})
	reversed := func(s *Sale) {
		s.Decisions = append(s.Decisions, f.decide(*s, DecidedReversal, 1, protocol.ResultReversed))
	}
	for _, test := range []struct {
		name   string
		of     uint64
		change func(*Sale)
		good   bool
	}{
		{"as it is", 1, func(*Sale) {}, true},
		{"all the rest on its way back", 1, func(s *Sale) { s.Refunding = 200 }, true},
		{"more on its way back than is left", 1, func(s *Sale) { s.Refunding = 201 }, false},
		{"given back more than was paid", 1, func(s *Sale) { s.Refunded = 301 }, false},
		{"given back less than before", 1, func(s *Sale) { s.Refunded = 99 }, false},
		{"less than nothing on its way back", 1, func(s *Sale) { s.Refunding = -1 }, false},
		{"reversed with a refund", 1, reversed, false},
		{"reversed after it was acknowledged", 2, reversed, false},
		{"acknowledged at another time", 2, func(s *Sale) { s.Acknowledged = 61 }, false},
		{"no longer acknowledged", 2, func(s *Sale) { s.Acknowledged = 0 }, false},
		{"another reference", 2, func(s *Sale) { s.Reference = 3 }, false},
		{"from another account", 2, func(s *Sale) { s.Source = funding }, false},
		{"another amount", 2, func(s *Sale) { s.Amount++ }, false},
		{"a decision forgotten", 2, func(s *Sale) { s.Decisions = nil }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			given := errors.New("given up")
			err := l.Update(t.Context(), func(tx Tx) error {
				s, err := tx.Sale(key(test.of))
				if err != nil {
					return err
				}
				test.change(&s)
				if err := tx.PutSale(key(test.of), s); err != nil {
					return err
				}
				return given // each case begins anew
			})
			if errors.Is(err, given) != test.good {
				t.Errorf("have %v", err)
			}
		})
	}
}

// Guarantee 4: while a commit is between memory and disk nobody begins to read.
func TestNobodyReadsWhatIsNotOnTheDisk(t *testing.T) {
	var l *Bolt
	looked := 0
	open, err := Open(stores[0].place(t), Options{FailPoint: func(point string) {
		if point != pointAnswer || l == nil {
			return
		}
		looked++
		if l.visible.TryRLock() {
			l.visible.RUnlock()
			t.Error("readers are let in before the commit has ended")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	l = open
	f := newFixture(t)
	f.fill(l, 1000)
	f.update(l, f.pay(1, 10))
	if looked != 2 {
		t.Errorf("looked %d times", looked)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// The proof compares the number of a card's refund with the one that the acquirer
// was asked under.
func TestProofComparesNumbersOfCardRefunds(t *testing.T) {
	everyStore(t, func(t *testing.T, on store) {
		for number, good := range map[uint64]bool{101: true, 102: false} {
			l, f := on.fresh(t), newFixture(t)
			f.fillMore(l)
			for _, state := range []AuthorisationState{AuthorisationSent, AuthorisationApproved} {
				f.update(l, func(tx Tx) error {
					return tx.PutAuthorisation(AuthorisationKey{Terminal: "T-0001", Code: key(101).Scramble, Refund: true},
						Authorisation{Card: payer, Merchant: shop, Amount: 100, Currency: cny, Retrieval: number, Sent: 60, State: state})
				})
			}
			p, err := Prove(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if good != (p.Checks[checkAuthorisations].Broken == 0) {
				p.WriteTo(t.Output())
				t.Errorf("number 101, asked under %d", number)
			}
		}
	})
}
