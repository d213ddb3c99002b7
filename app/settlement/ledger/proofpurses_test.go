package ledger

import (
	"errors"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// purseFixture is two cards with all that can happen to them.
type purseFixture struct {
	fixture
	first, second protocol.CardNumber
}

func (f fixture) purses(l Ledger) purseFixture {
	f.t.Helper()
	f.fill(l, 1000)
	p := purseFixture{fixture: f}
	p.first, p.second = p.card(l, 1), p.card(l, 2)
	p.loaded(l)
	p.tapped(l)
	p.transferred(l)
	p.closed(l)
	return p
}

func (f purseFixture) signer() [8]byte { return protocol.SignerOf(f.self.Certificate) }

func (f purseFixture) card(l Ledger, serial uint64) protocol.CardNumber {
	f.t.Helper()
	n, err := protocol.NewCardNumber(serial)
	if err != nil {
		f.t.Fatal(err)
	}
	key := protocoltest.PublicKey(f.t, protocoltest.SignatureKey(f.t, "card "+string(n)))
	c := protocol.VirtualCard{Issuer: "settlement-1", Number: n, Expires: 100, Holder: protocol.Confirmation{Key: key},
		Purse: protocol.PurseTerms{Currency: cny, Ceiling: 1000, ConfirmAbove: 100}}
	f.update(l, func(tx Tx) error {
		return tx.AddPurse(Purse{Number: n, Currency: cny, Wallet: "W-0001", WalletKey: protocol.Hash{byte(serial)}, Key: key, Account: payer, Ceiling: 1000, Expires: 100,
			Signed: protocoltest.Sign(f.t, f.self.Key, c).Bytes()})
	})
	return n
}

// purse changes a card in a transaction.
func purse(tx Tx, n protocol.CardNumber, change func(*Purse)) error {
	p, err := tx.Purse(n)
	if err != nil {
		return err
	}
	change(&p)
	return tx.PutPurse(p)
}

func (f purseFixture) loaded(l Ledger) {
	f.t.Helper()
	load := protocol.Load{Number: f.first, Sequence: 1, Amount: 500, Currency: cny, Total: 500, Made: 5, Signer: f.signer()}
	f.update(l, func(tx Tx) error {
		n, err := tx.Transfer(Transfer{Kind: EntryTopUp, Debit: payer, Credit: PurseAccount(f.first), Amount: 500, At: 5})
		if err != nil {
			return err
		}
		return errors.Join(purse(tx, f.first, func(p *Purse) { p.Sequence, p.Loaded = 1, 500 }),
			tx.AddPurseLoad(PurseLoadKey{Number: f.first, Sequence: 1}, PurseLoad{Amount: 500, Total: 500, Entry: n, Made: 5,
				Answer: protocoltest.Sign(f.t, f.self.Key, load).Bytes()}))
	})
}

// tapped clears a tap of 100, of which 40 are refunded, and gives one of 30 back.
func (f purseFixture) tapped(l Ledger) {
	f.t.Helper()
	pays := [2]protocol.Hash{{1}, {2}}
	f.update(l, func(tx Tx) error {
		for i, pay := range pays {
			k := NewTapKey("T-0001", pay)
			sale := k.Sale()
			amount := protocol.Amount(100 - 70*i)
			t := Transfer{Kind: EntryTap, Debit: PurseAccount(f.first), Credit: shop, Amount: amount, At: 6, Sale: &sale}
			tap := Tap{Pay: pay, Amount: amount, Currency: cny, Number: f.first, Counter: uint64(i + 1), Result: protocol.Hash{9, byte(i)},
				Decision: protocol.ClearingCredited, Reference: 77, Merchant: shop}
			d := Deduction{Hash: tap.Result, Amount: amount, State: DeductionCredited, Tap: k}
			if i == 1 {
				t.Kind, t.Credit, t.Sale = EntryGivenBack, WaitingAccount(f.first), nil
				tap.Decision, tap.Reference, tap.Merchant, tap.GivenUp = protocol.ClearingGivenBack, 0, "", true
				d.State, d.Previous = DeductionGivenBack, protocol.Hash{9, 0}
			}
			n, err := tx.Transfer(t)
			if err != nil {
				return err
			}
			tap.Entry, d.Entry = n, n
			tap.Answer = protocoltest.Sign(f.t, f.self.Key, protocol.TapCleared{Pay: pay, Result: tap.Decision, Reference: tap.Reference, Amount: amount,
				Currency: cny, Decided: 6, Signer: f.signer()}).Bytes()
			err = errors.Join(tx.PutDeductions(DeductionKey{f.first, tap.Counter}, []Deduction{d}), tx.PutTap(k, tap),
				purse(tx, f.first, func(p *Purse) { p.Deducted, p.Cleared = p.Deducted+protocol.Sum(amount), tap.Counter }))
			if err != nil {
				return err
			}
		}
		return nil
	})
	k := NewTapKey("T-0001", pays[0])
	sale, r := k.Sale(), RefundKey{Terminal: "T-0001", Key: protocol.Code{5}}
	refund := protocol.RefundOutcome{Reference: 77, Key: r.Key, Result: protocol.RefundMade, Amount: 40, Currency: cny, Number: 78, Refunded: 40, Decided: 7, Signer: f.signer()}
	f.update(l, func(tx Tx) error {
		tap, err := tx.Tap(k)
		if err != nil {
			return err
		}
		tap.Refunded = 40
		_, err = tx.Transfer(Transfer{Kind: EntryTapRefund, Debit: shop, Credit: WaitingAccount(f.first), Amount: 40, At: 7, Sale: &sale, Refund: &r})
		return errors.Join(err, tx.PutTap(k, tap), tx.PutRefund(r, Refund{Reference: 77, Sale: sale, Amount: 40, Currency: cny, Staff: "S-1",
			State: RefundDone, Number: 78, Decided: 7, Answer: protocoltest.Sign(f.t, f.self.Key, refund).Bytes()}))
	})
}

func (f purseFixture) transferred(l Ledger) {
	f.t.Helper()
	h := protocol.Hash{9, 9}
	receipt := protocol.TransferReceipt{Transfer: h, Result: protocol.TransferMade, Reference: 79, Decided: 8, Signer: f.signer()}
	f.update(l, func(tx Tx) error {
		n, err := tx.Transfer(Transfer{Kind: EntryMoved, Debit: PurseAccount(f.first), Credit: WaitingAccount(f.second), Amount: 20, At: 8})
		if err != nil {
			return err
		}
		return errors.Join(
			tx.PutDeductions(DeductionKey{f.first, 3}, []Deduction{{Hash: h, Previous: protocol.Hash{9, 1}, Amount: 20, State: DeductionTransferred, Entry: n}}),
			tx.AddPurseTransfer(h, PurseTransfer{From: f.first, To: f.second, Counter: 3, Amount: 20, Reference: 79, Entry: n, Decided: 8,
				Answer: protocoltest.Sign(f.t, f.self.Key, receipt).Bytes()}),
			purse(tx, f.first, func(p *Purse) { p.Deducted, p.Cleared = p.Deducted+20, 3 }))
	})
	f.update(l, func(tx Tx) error {
		return purse(tx, f.second, func(p *Purse) { p.Block(BlockOperator, 9) })
	})
}

// reported is a deduction of the first card, as its wallet reports it.
func (f fixture) reported(pay protocol.Hash, counter uint64, amount protocol.Amount, previous protocol.Hash) *protocol.Signed[protocol.TapResult] {
	f.t.Helper()
	n, err := protocol.NewCardNumber(1)
	if err != nil {
		f.t.Fatal(err)
	}
	return protocoltest.Sign(f.t, protocoltest.SignatureKey(f.t, "card "+string(n)), protocol.TapResult{Answers: pay, Scramble: protocol.Code{3}, Amount: amount,
		Currency: cny, Counter: counter, Previous: &previous, Terminal: "T-0001"})
}

// closed has the operator close a tap of 15 that the card's wallet reported, and another one of 7 left open;
// then the terminal hands the first in.
func (f purseFixture) closed(l Ledger) {
	f.t.Helper()
	pay, open := protocol.Hash{3}, protocol.Hash{4}
	result := f.reported(pay, 4, 15, protocol.Hash{9, 9})
	other := f.reported(open, 5, 7, result.Hash())
	own := ClosedTapKey("T-0001", result.Hash())
	sale := own.Sale()
	tap := Tap{Pay: pay, Scramble: protocol.Code{3}, Amount: 15, Currency: cny, Number: f.first, Counter: 4, Result: result.Hash(), Reference: 80, Merchant: shop,
		Answer: protocoltest.Sign(f.t, f.self.Key, protocol.TapCleared{Pay: pay, Reference: 80, Amount: 15, Currency: cny, Decided: 9, Signer: f.signer()}).Bytes()}
	d := Deduction{Hash: result.Hash(), Previous: protocol.Hash{9, 9}, Amount: 15, State: DeductionReported, Tap: NewTapKey("T-0001", pay)}
	e := Deduction{Hash: other.Hash(), Previous: result.Hash(), Amount: 7, State: DeductionReported, Tap: NewTapKey("T-0001", open)}
	f.update(l, func(tx Tx) error {
		return errors.Join(tx.PutDeductions(DeductionKey{f.first, 4}, []Deduction{d}), tx.PutDeductions(DeductionKey{f.first, 5}, []Deduction{e}),
			tx.PutReport(tap.report(), Report{Result: result.Bytes(), At: 8}), tx.PutReport(ReportKey{DeductionKey{f.first, 5}, e.Hash}, Report{Result: other.Bytes(), At: 8}),
			purse(tx, f.first, func(p *Purse) { p.Deducted += 22 }))
	})
	f.update(l, func(tx Tx) error {
		n, err := tx.Transfer(Transfer{Kind: EntryTap, Debit: PurseAccount(f.first), Credit: shop, Amount: 15, At: 9, Sale: &sale})
		if err != nil {
			return err
		}
		tap.Entry, d.Entry, d.State = n, n, DeductionCredited
		return errors.Join(tx.PutReport(tap.report(), Report{Result: result.Bytes(), At: 8, Closed: 9, Reason: "burnt down"}),
			tx.PutDeductions(DeductionKey{f.first, 4}, []Deduction{d}), tx.PutTap(own, tap), purse(tx, f.first, func(p *Purse) { p.Cleared = 4 }))
	})
	f.update(l, func(tx Tx) error { return tx.PutTap(d.Tap, tap) })
}

// Guarantee 11, for what came with virtual cards.
func TestProofFindsWhatIsBrokenInPurses(t *testing.T) {
	everyStore(t, testProofFindsWhatIsBrokenInPurses)
}

func testProofFindsWhatIsBrokenInPurses(t *testing.T, on store) {
	f := newFixture(t)
	closed := tapKey(ClosedTapKey("T-0001", f.reported(protocol.Hash{3}, 4, 15, protocol.Hash{9, 9}).Hash()))
	handedIn := tapKey(NewTapKey("T-0001", protocol.Hash{3}))
	proofFinds(t, on, func(l Ledger) { f.purses(l) }, []tampering{
		{"load removed", removed(bucketPurseLoads), checkPurses},
		{"load of another amount", first(bucketPurseLoads, edited(t, func(l *PurseLoad) { l.Amount++ })), checkPurses},
		{"load's answer changed", first(bucketPurseLoads, edited(t, func(l *PurseLoad) { l.Answer[len(l.Answer)-1] ^= 1 })), checkSignatures},
		{"more loaded than there were loads", first(bucketPurses, edited(t, func(p *Purse) { p.Loaded++ })), checkPurses},
		{"card says another ceiling", first(bucketPurses, edited(t, func(p *Purse) { p.Ceiling++ })), checkSignatures},
		{"deductions forgotten", first(bucketPurses, edited(t, func(p *Purse) { p.Deducted-- })), checkChains},
		{"cleared beyond what is known", first(bucketPurses, edited(t, func(p *Purse) { p.Cleared++ })), checkChains},
		{"released out of nothing", first(bucketPurses, edited(t, func(p *Purse) { p.Released, p.Blocked = 1, BlockOperator })), checkPurses},
		{"deduction removed", removed(bucketDeductions), checkTaps},
		{"fork that nobody flagged", first(bucketDeductions, edited(t, func(d *[]Deduction) {
			*d = append(*d, Deduction{Hash: protocol.Hash{8}, Amount: 1, State: DeductionUnpaid})
		})), checkChains},
		{"deduction that names another before it", first(bucketDeductions, edited(t, func(d *[]Deduction) { (*d)[0].Hash[5]++ })), checkChains},
		{"deduction settled otherwise", first(bucketDeductions, edited(t, func(d *[]Deduction) { (*d)[0].State = DeductionGivenBack })), checkTaps},
		{"tap removed", removed(bucketTaps), checkTaps},
		{"tap credited with another entry", first(bucketTaps, edited(t, func(k *Tap) { k.Entry++ })), checkTaps},
		{"tap's answer changed", first(bucketTaps, edited(t, func(k *Tap) { k.Answer[len(k.Answer)-1] ^= 1 })), checkSignatures},
		{"tap's refund forgotten", first(bucketTaps, edited(t, func(k *Tap) { k.Refunded = 0 })), checkRefunds},
		{"tap to another shop", first(bucketTaps, edited(t, func(k *Tap) { k.Merchant = "merchant/M-9" })), checkTaps},
		{"reference removed", removed(bucketPurseReferences), checkReferences},
		{"transfer removed", removed(bucketPurseTransfers), checkTaps},
		{"transfer to another card", first(bucketPurseTransfers, edited(t, func(m *PurseTransfer) { m.To = m.From })), checkTaps},
		{"transfer's answer changed", first(bucketPurseTransfers, edited(t, func(m *PurseTransfer) { m.Reference++ })), checkSignatures},
		{"report closed before the money moved", first(bucketReports, edited(t, func(r *Report) { r.Closed, r.Reason = 0, "" })), checkChains},
		{"report removed that money rests on", removed(bucketReports), checkTaps},
		{"report changed", first(bucketReports, edited(t, func(r *Report) { r.Result[len(r.Result)-1] ^= 1 })), checkSignatures},
		{"closed tap removed", gone(bucketTaps, closed), checkTaps},
		{"closed to another shop", of(bucketTaps, closed, edited(t, func(k *Tap) { k.Merchant = "merchant/M-9" })), checkTaps},
		{"closed for another PAY", of(bucketTaps, closed, edited(t, func(k *Tap) { k.Pay[9]++ })), checkTaps},
		{"handed in, and answered otherwise", of(bucketTaps, handedIn, edited(t, func(k *Tap) { k.Entry++ })), checkTaps},
		{"handed in, and refunded there", of(bucketTaps, handedIn, edited(t, func(k *Tap) { k.Refunded = 1 })), checkTaps},
		{"closed, and credited to the terminal again", of(bucketTaps, handedIn, edited(t, func(k *Tap) { k.Result[0]++ })), checkTaps},
		{"blocked card off the list", removed(bucketBlocked), checkBlocklist},
		{"mark of another card", removed(bucketMarks), checkPurses},
		{"entry of a tap removed", gone(bucketEntries, numberKey(3)), checkTaps},
	})
}

// What is kept of cards is not changed.
func TestPursesAreKept(t *testing.T) { everyStore(t, testPursesAreKept) }

func testPursesAreKept(t *testing.T, on store) {
	at := on.place(t)
	l := on.openAt(t, at, Options{})
	f := newFixture(t).purses(l)
	tap, d := NewTapKey("T-0001", protocol.Hash{1}), DeductionKey{f.first, 1}
	report := ReportKey{DeductionKey{f.first, 4}, f.reported(protocol.Hash{3}, 4, 15, protocol.Hash{9, 9}).Hash()}
	edit := func(change func(*Tap)) func(Tx) error {
		return func(tx Tx) error {
			k, err := tx.Tap(tap)
			if err != nil {
				return err
			}
			change(&k)
			return tx.PutTap(tap, k)
		}
	}
	place := func(change func([]Deduction) []Deduction) func(Tx) error {
		return func(tx Tx) error {
			links, err := tx.Deductions(d)
			if err != nil || len(links) == 0 { // a guess, on PostgreSQL
				return errors.Join(err, ErrNotFound)
			}
			return tx.PutDeductions(d, change(links))
		}
	}
	card := func(n protocol.CardNumber, change func(*Purse)) func(Tx) error {
		return func(tx Tx) error { return purse(tx, n, change) }
	}
	for name, change := range map[string]func(Tx) error{
		"tap credited again":      edit(func(k *Tap) { k.Entry++ }),
		"tap decided otherwise":   edit(func(k *Tap) { k.Answer = append([]byte{}, 1) }),
		"refunds taken back":      edit(func(k *Tap) { k.Refunded = 0 }),
		"tombstone afterwards":    edit(func(k *Tap) { k.Tombstone = []byte{1} }),
		"another PAY":             edit(func(k *Tap) { k.Pay[31]++ }),
		"deduction gone":          place(func([]Deduction) []Deduction { return nil }),
		"deduction settled again": place(func(l []Deduction) []Deduction { l[0].State, l[0].Entry = DeductionUnpaid, 0; return l }),
		"deduction of another":    place(func(l []Deduction) []Deduction { l[0].Hash[0]++; return l }),
		"loads forgotten":         card(f.first, func(p *Purse) { p.Loaded-- }),
		"deductions forgotten":    card(f.first, func(p *Purse) { p.Deducted-- }),
		"another's card":          card(f.first, func(p *Purse) { p.Wallet = "W-9" }),
		"load again":              func(tx Tx) error { return tx.AddPurseLoad(PurseLoadKey{Number: f.first, Sequence: 1}, PurseLoad{}) },
		"transfer again":          func(tx Tx) error { return tx.AddPurseTransfer(protocol.Hash{9, 9}, PurseTransfer{}) },
		"number again":            func(tx Tx) error { p, _ := tx.Purse(f.first); return tx.AddPurse(p) },
		"closed report again":     func(tx Tx) error { return tx.PutReport(report, Report{Result: []byte{1}, At: 1}) },
		"closed report gone":      func(tx Tx) error { return tx.RemoveReport(report) },
		"report of nothing":       func(tx Tx) error { return tx.PutReport(ReportKey{DeductionKey: d}, Report{At: 1}) },
		"closed for no reason": func(tx Tx) error {
			return tx.PutReport(ReportKey{DeductionKey: d}, Report{Result: []byte{1}, Closed: 1})
		},
		"closed without a report": func(tx Tx) error {
			return tx.PutTap(ClosedTapKey("T-0001", protocol.Hash{6}), Tap{Pay: protocol.Hash{5}, Amount: 1, Currency: cny, Number: f.first, Counter: 4,
				Result: protocol.Hash{6}, Decision: protocol.ClearingGivenBack, Answer: []byte{1}})
		},
		"closed tap's number borne by another": func(tx Tx) error {
			k, err := tx.Tap(NewTapKey("T-0001", protocol.Hash{3}))
			if err != nil {
				return err
			}
			k.Pay, k.Amount = protocol.Hash{7}, k.Amount+1
			return tx.PutTap(NewTapKey("T-0001", k.Pay), k)
		},
		"refunded beyond the tap": edit(func(k *Tap) { k.Refunded = k.Amount + 1 }),
	} {
		if err := l.Update(t.Context(), change); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	holds(t, l)
	// Numbers of taps and transfers are not handed out again.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := on.openAt(t, at, Options{}).NextReference(t.Context()); err != nil || n <= 80 {
		t.Errorf("next number is %d, %v", n, err)
	}
}
