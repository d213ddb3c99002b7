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

// Guarantee 11, for what came with virtual cards.
func TestProofFindsWhatIsBrokenInPurses(t *testing.T) {
	everyStore(t, testProofFindsWhatIsBrokenInPurses)
}

func testProofFindsWhatIsBrokenInPurses(t *testing.T, on store) {
	f := newFixture(t)
	first := func(bucket string, change func(b shelf, key, value []byte) error) func(vault) error {
		return func(tx vault) error {
			b := tx.Bucket([]byte(bucket))
			key, value := b.First()
			return change(b, append([]byte(nil), key...), append([]byte(nil), value...))
		}
	}
	remove := func(bucket string) func(vault) error {
		return first(bucket, func(b shelf, key, _ []byte) error { return b.Delete(key) })
	}
	tests := []struct {
		name   string
		tamper func(vault) error
		finds  int
	}{
		{"load removed", remove(bucketPurseLoads), checkPurses},
		{"load of another amount", first(bucketPurseLoads, edited(t, func(l *PurseLoad) { l.Amount++ })), checkPurses},
		{"load's answer changed", first(bucketPurseLoads, edited(t, func(l *PurseLoad) { l.Answer[len(l.Answer)-1] ^= 1 })), checkSignatures},
		{"more loaded than there were loads", first(bucketPurses, edited(t, func(p *Purse) { p.Loaded++ })), checkPurses},
		{"card says another ceiling", first(bucketPurses, edited(t, func(p *Purse) { p.Ceiling++ })), checkSignatures},
		{"deductions forgotten", first(bucketPurses, edited(t, func(p *Purse) { p.Deducted-- })), checkChains},
		{"cleared beyond what is known", first(bucketPurses, edited(t, func(p *Purse) { p.Cleared++ })), checkChains},
		{"released out of nothing", first(bucketPurses, edited(t, func(p *Purse) { p.Released, p.Blocked = 1, BlockOperator })), checkPurses},
		{"deduction removed", remove(bucketDeductions), checkTaps},
		{"fork that nobody flagged", first(bucketDeductions, edited(t, func(d *[]Deduction) {
			*d = append(*d, Deduction{Hash: protocol.Hash{8}, Amount: 1, State: DeductionUnpaid})
		})), checkChains},
		{"deduction that names another before it", first(bucketDeductions, edited(t, func(d *[]Deduction) { (*d)[0].Hash[5]++ })), checkChains},
		{"deduction settled otherwise", first(bucketDeductions, edited(t, func(d *[]Deduction) { (*d)[0].State = DeductionGivenBack })), checkTaps},
		{"tap removed", remove(bucketTaps), checkTaps},
		{"tap credited with another entry", first(bucketTaps, edited(t, func(k *Tap) { k.Entry++ })), checkTaps},
		{"tap's answer changed", first(bucketTaps, edited(t, func(k *Tap) { k.Answer[len(k.Answer)-1] ^= 1 })), checkSignatures},
		{"tap's refund forgotten", first(bucketTaps, edited(t, func(k *Tap) { k.Refunded = 0 })), checkRefunds},
		{"tap to another shop", first(bucketTaps, edited(t, func(k *Tap) { k.Merchant = "merchant/M-9" })), checkTaps},
		{"reference removed", remove(bucketPurseReferences), checkReferences},
		{"transfer removed", remove(bucketPurseTransfers), checkTaps},
		{"transfer to another card", first(bucketPurseTransfers, edited(t, func(m *PurseTransfer) { m.To = m.From })), checkTaps},
		{"transfer's answer changed", first(bucketPurseTransfers, edited(t, func(m *PurseTransfer) { m.Reference++ })), checkSignatures},
		{"blocked card off the list", remove(bucketBlocked), checkBlocklist},
		{"mark of another card", remove(bucketMarks), checkPurses},
		{"entry of a tap removed", func(tx vault) error { return tx.Bucket([]byte(bucketEntries)).Delete(numberKey(3)) }, checkTaps},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := on.fresh(t)
			f.purses(l)
			holds(t, l)
			on.tamper(t, l, test.tamper)
			p, err := Prove(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if p.Holds() || p.Checks[test.finds].Broken == 0 {
				p.WriteTo(t.Output())
				t.Errorf("not found by %q", p.Checks[test.finds].What)
			}
		})
	}
}

// What is kept of cards is not changed.
func TestPursesAreKept(t *testing.T) { everyStore(t, testPursesAreKept) }

func testPursesAreKept(t *testing.T, on store) {
	at := on.place(t)
	l := on.openAt(t, at, Options{})
	f := newFixture(t).purses(l)
	tap, d := NewTapKey("T-0001", protocol.Hash{1}), DeductionKey{f.first, 1}
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
	if n, err := on.openAt(t, at, Options{}).NextReference(t.Context()); err != nil || n <= 79 {
		t.Errorf("next number is %d, %v", n, err)
	}
}
