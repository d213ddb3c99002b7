package ledger

import (
	"errors"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// giveBack is a refund's whole transaction. Signed answers are of no matter
// here.
func giveBack(n uint64, sale uint64, amount protocol.Amount) func(Tx) error {
	return func(tx Tx) error {
		s, err := tx.Sale(key(sale))
		if err != nil {
			return err
		}
		k, refund := key(sale), RefundKey{Terminal: "T-0002", Key: key(n).Scramble}
		s.Refunded += amount
		if err := tx.PutSale(k, s); err != nil {
			return err
		}
		if _, err := tx.Transfer(Transfer{Kind: EntryRefund, Debit: s.Merchant, Credit: s.Source, Amount: amount, At: 60, Sale: &k, Refund: &refund}); err != nil {
			return err
		}
		return tx.PutRefund(refund, Refund{Reference: s.Reference, Sale: k, Amount: amount, Currency: cny, Staff: "S-1",
			State: RefundDone, Number: n, Decided: 60, Answer: []byte("signed")})
	}
}

// Guarantee 7: refunds come to no more than what was paid, with a reversal to
// nothing more at all, and each moves money once.
func TestRefundsAreCapped(t *testing.T) { everyStore(t, testRefundsAreCapped) }

func testRefundsAreCapped(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	f.update(l, f.pay(1, 300))
	f.update(l, giveBack(101, 1, 100))
	f.update(l, giveBack(102, 1, 200))
	if err := l.Update(t.Context(), giveBack(103, 1, 1)); err == nil {
		t.Error("more was given back than paid")
	}
	if err := l.Update(t.Context(), func(tx Tx) error {
		s, err := tx.Sale(key(1))
		if err != nil {
			return err
		}
		s.Decisions = append(s.Decisions, f.decide(s, DecidedReversal, 1, protocol.ResultReversed))
		return tx.PutSale(key(1), s)
	}); err == nil {
		t.Error("a refunded sale was reversed")
	}
	if have := balance(t, l, payer); have != 1000 {
		t.Errorf("payer has %d", have)
	}
	err := l.View(t.Context(), func(s Snapshot) error {
		r, err := s.Refund(RefundKey{Terminal: "T-0002", Key: key(102).Scramble})
		if r.Amount != 200 || r.State != RefundDone {
			t.Errorf("%+v", r)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	taken := func(tx Tx) error {
		return tx.PutRefund(RefundKey{Terminal: "T-0001"}, Refund{State: RefundDone, Number: 101, Answer: []byte("signed")})
	}
	if err := l.Update(t.Context(), taken); !errors.Is(err, ErrExists) {
		t.Errorf("a number given twice: %v", err)
	}
}

// A decided refund stays as it is; a pending one is decided once.
func TestRefundsAreKept(t *testing.T) { everyStore(t, testRefundsAreKept) }

func testRefundsAreKept(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	k := RefundKey{Terminal: "T-0001", Key: key(5).Scramble}
	pending := Refund{Reference: 9, Amount: 5, Currency: cny, Staff: "S-1", State: RefundPending}
	f.update(l, func(tx Tx) error { return tx.PutRefund(k, pending) })
	refused := pending
	refused.State, refused.Decided, refused.Answer = RefundRefused, 70, []byte("signed")
	f.update(l, func(tx Tx) error { return tx.PutRefund(k, refused) })
	f.update(l, func(tx Tx) error { return tx.PutRefund(k, refused) })
	for name, change := range map[string]func(r *Refund){
		"pending again":   func(r *Refund) { *r = pending },
		"done after all":  func(r *Refund) { r.State, r.Number = RefundDone, 12 },
		"another amount":  func(r *Refund) { r.Amount++ },
		"another answer":  func(r *Refund) { r.Answer = []byte("other") },
		"another sale":    func(r *Refund) { r.Reference++ },
		"another manager": func(r *Refund) { r.Staff = "S-2" },
	} {
		other := refused
		change(&other)
		if err := l.Update(t.Context(), func(tx Tx) error { return tx.PutRefund(k, other) }); !errors.Is(err, ErrKept) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Guarantee 8: an authorisation begins before it is sent, goes forward only, and
// is found while it is open.
func TestAuthorisations(t *testing.T) { everyStore(t, testAuthorisations) }

func testAuthorisations(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	k := AuthorisationKey{Terminal: "T-0001", Code: key(1).Scramble}
	a := Authorisation{Card: PayerAccount("4000000000000002"), Merchant: shop, Amount: 100, Currency: cny, Trace: 17, Retrieval: 99, Sent: 50, Attempt: 1}
	in := func(s AuthorisationState) Authorisation { a.State = s; return a }
	put := func(a Authorisation) error {
		return l.Update(t.Context(), func(tx Tx) error { return tx.PutAuthorisation(k, a) })
	}
	open := func() (found []AuthorisationKey) {
		err := l.View(t.Context(), func(s Snapshot) error {
			return s.EachOpenAuthorisation(func(k AuthorisationKey, _ Authorisation) error {
				found = append(found, k)
				return nil
			})
		})
		if err != nil {
			t.Error(err)
		}
		return found
	}
	if err := put(in(AuthorisationApproved)); !errors.Is(err, ErrKept) {
		t.Errorf("approved before it was sent: %v", err)
	}
	for _, step := range []struct {
		state AuthorisationState
		want  error
	}{
		{AuthorisationSent, nil},
		{AuthorisationReversed, ErrKept},
		{AuthorisationApproved, nil},
		{AuthorisationSent, ErrKept},
		{AuthorisationDeclined, ErrKept},
		{AuthorisationReversing, nil},
		{AuthorisationApproved, ErrKept},
		{AuthorisationReversed, nil},
		{AuthorisationReversing, ErrKept},
	} {
		if err := put(in(step.state)); !errors.Is(err, step.want) {
			t.Errorf("to state %d: %v", step.state, err)
		}
		var kept Authorisation
		err := l.View(t.Context(), func(s Snapshot) (err error) {
			kept, err = s.Authorisation(k)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found := open(); (len(found) == 1 && found[0] == k) != kept.State.Open() {
			t.Errorf("state %d, open: %v", kept.State, found)
		}
	}
	other := in(AuthorisationReversed)
	other.Amount++
	if err := put(other); !errors.Is(err, ErrKept) {
		t.Errorf("another amount: %v", err)
	}
	f.update(l, func(tx Tx) error {
		refund := k
		refund.Refund = true
		return tx.PutAuthorisation(refund, in(AuthorisationSent))
	})
	if found := open(); len(found) != 1 || !found[0].Refund {
		t.Errorf("open: %v", found)
	}
}

// Guarantee 9.
func TestAnchorsRise(t *testing.T) { everyStore(t, testAnchorsRise) }

func testAnchorsRise(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	add := func(sequence uint64) error {
		return l.Update(t.Context(), func(tx Tx) error {
			return tx.AddAnchor("T-0001", Anchor{Sequence: sequence, Head: protocol.Hash{byte(sequence)}})
		})
	}
	for _, step := range []struct {
		sequence uint64
		want     error
	}{{1, nil}, {5, nil}, {5, ErrKept}, {4, ErrKept}, {300, nil}} {
		if err := add(step.sequence); !errors.Is(err, step.want) {
			t.Errorf("anchor %d: %v", step.sequence, err)
		}
	}
	f.update(l, func(tx Tx) error { return tx.AddAnchor("T-00", Anchor{Sequence: 1}) })
	var all []uint64
	err := l.View(t.Context(), func(s Snapshot) error {
		if head, err := s.Anchor("T-0001"); err != nil || head.Sequence != 300 || head.Head != (protocol.Hash{300 & 0xff}) {
			t.Errorf("head %+v, %v", head, err)
		}
		return s.EachAnchor(func(terminal protocol.ID, a Anchor) error {
			if terminal == "T-0001" {
				all = append(all, a.Sequence)
			}
			return nil
		})
	})
	if err != nil || !slices.Equal(all, []uint64{1, 5, 300}) {
		t.Errorf("%v, %v", all, err)
	}
}

// A terminal's entries are found by their time, those of others are not.
func TestEntriesOfATerminal(t *testing.T) { everyStore(t, testEntriesOfATerminal) }

func testEntriesOfATerminal(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	pay := func(n uint64, terminal protocol.ID, at protocol.Time) {
		k := SaleKey{Terminal: terminal, Scramble: key(n).Scramble}
		f.update(l, func(tx Tx) error {
			_, err := tx.Transfer(Transfer{Kind: EntryPayment, Debit: payer, Credit: shop, Amount: 1, At: at, Sale: &k})
			return err
		})
	}
	pay(1, "T-1", 10)
	pay(2, "T-10", 20)
	pay(3, "T-1", 30)
	pay(4, "T-1", 20)
	pay(5, "T-1", 20)
	pay(6, "T-1", 1<<40)
	for _, test := range []struct {
		terminal protocol.ID
		from, to protocol.Time
		want     []uint64
	}{
		{"T-1", 0, 1 << 41, []uint64{2, 5, 6, 4, 7}},
		{"T-1", 20, 30, []uint64{5, 6}},
		{"T-1", 11, 20, nil},
		{"T-10", 0, 100, []uint64{3}},
		{"T-", 0, 100, nil},
	} {
		var have []uint64
		err := l.View(t.Context(), func(s Snapshot) error {
			return s.EachEntryOf(test.terminal, test.from, test.to, func(e Entry) error {
				have = append(have, e.Sequence)
				return nil
			})
		})
		if err != nil || !slices.Equal(have, test.want) {
			t.Errorf("%s [%d,%d): %v, want %v, %v", test.terminal, test.from, test.to, have, test.want, err)
		}
	}
}

func TestLoadsAreMadeOnce(t *testing.T) { everyStore(t, testLoadsAreMadeOnce) }

func testLoadsAreMadeOnce(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	load := func(tx Tx) error {
		n, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: payer, Amount: 500, At: 2})
		if err != nil {
			return err
		}
		return tx.AddLoad("bank/2026-11-22/1", Load{Kind: EntryLoad, Account: payer, Amount: 500, Entry: n})
	}
	f.update(l, load)
	if err := l.Update(t.Context(), load); !errors.Is(err, ErrExists) {
		t.Errorf("again: %v", err)
	}
	if have := balance(t, l, payer); have != 1500 {
		t.Errorf("payer has %d", have)
	}
	holds(t, l)
}

// A paid card sale stands in the books as the acquirer's debt, and in the proof
// beside its authorisation.
func TestCardsAreTheAcquirersDebt(t *testing.T) { everyStore(t, testCardsAreTheAcquirersDebt) }

func testCardsAreTheAcquirersDebt(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	card, acquirer := PayerAccount("4000000000000002"), AcquirerAccount(cny)
	f.fill(l, 1000)
	k := AuthorisationKey{Terminal: "T-0001", Code: key(1).Scramble}
	a := Authorisation{Card: card, Merchant: shop, Amount: 250, Currency: cny, Retrieval: 1, State: AuthorisationSent}
	f.update(l, func(tx Tx) error {
		if err := tx.AddAccount(Account{ID: card, Class: Payer, Currency: cny, Kind: protocol.AccountBankCard}); err != nil {
			return err
		}
		if err := tx.AddAccount(Account{ID: acquirer, Class: Acquirer, Currency: cny}); err != nil {
			return err
		}
		return tx.PutAuthorisation(k, a)
	})
	f.update(l, func(tx Tx) error {
		a.State = AuthorisationApproved
		if err := tx.PutAuthorisation(k, a); err != nil {
			return err
		}
		s, sold := sale(1, 250), key(1)
		s.Reference, s.Payer, s.Merchant, s.Source = 1, card, shop, acquirer
		s.Decisions = []Decision{f.decide(s, DecidedSubmission, 1, protocol.ResultPaid)}
		if _, err := tx.Transfer(Transfer{Kind: EntryPayment, Debit: acquirer, Credit: shop, Amount: 250, At: 50, Sale: &sold}); err != nil {
			return err
		}
		return tx.PutSale(sold, s)
	})
	p := holds(t, l)
	if total := p.Totals[cny]; total.Held != 1250 || total.Owed != 1250 {
		t.Errorf("%+v", total)
	}
	for _, number := range []uint64{2, 1} {
		a.Retrieval = number
		on.tamper(t, l, func(v vault) error {
			raw, err := cbor.Marshal(a)
			if err != nil {
				return err
			}
			return v.Bucket([]byte(bucketAuthorisations)).Put(authorisationKey(k), raw)
		})
		if found, err := Prove(t.Context(), l); err != nil || found.Holds() != (number == 1) {
			t.Errorf("paid under number 1, the acquirer was asked under %d: holds %v, %v", number, found.Holds(), err)
		}
	}
	f.update(l, func(tx Tx) error {
		a.State = AuthorisationReversing
		return tx.PutAuthorisation(k, a)
	})
	found, err := Prove(t.Context(), l)
	if err != nil || found.Checks[checkAuthorisations].Broken == 0 {
		t.Errorf("a paid sale whose card payment is being taken back is not found: %v", err)
	}
}
