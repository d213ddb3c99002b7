package operator_test

import (
	"encoding/hex"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// The list says what holds a card back and for how long; it is closed once, and is then
// no longer in the list.
func TestWhatHoldsACardBackIsListedAndClosed(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	sale := protocoltest.NewSale(t, 120, false)
	settler, err := settle.New(settle.Config{Ledger: l, Clock: clock, PrintKey: make([]byte, 32), Identity: func() settle.Identity {
		return settle.Identity{Certificate: sale.Settlement.Certificate, Signer: sale.Settlement.Key}
	}})
	if err != nil {
		t.Fatal(err)
	}
	o := operator.Operator{Ledger: l, Settler: settler, Clock: clock, Log: slog.New(slog.DiscardHandler)}
	if err := o.AddMerchant(t.Context(), "M-1", "T-1", "Shop", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.AddAccount(t.Context(), "1111", "prepaid", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Load(t.Context(), "1111", "10.00", ""); err != nil {
		t.Fatal(err)
	}
	mark := reported(t, l, sale, protocol.At(now)-3*24*3600)
	open := func() *operator.Open {
		t.Helper()
		all, err := o.Cards(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Open
	}
	if have := open(); have == nil || *have != (operator.Open{Counter: 1, Reported: true, Since: protocol.At(now) - 3*24*3600, Behind: 2}) {
		t.Errorf("%+v", have)
	}
	for _, step := range []struct {
		name  string
		order operator.Order
		want  operator.Closed
		code  problem.Code
	}{
		{"without a reason", operator.Order{Mark: mark, Counter: 1, To: "shop"}, operator.Closed{}, problem.Malformed},
		{"with too long a reason", operator.Order{Mark: mark, Counter: 1, To: "shop", Reason: strings.Repeat("x", 201)}, operator.Closed{}, problem.Malformed},
		{"to nobody", operator.Order{Mark: mark, Counter: 1, Reason: "burnt"}, operator.Closed{}, problem.Malformed},
		{"to the card of a merchant", operator.Order{Mark: mark, Counter: 1, To: "card", Merchant: "M-1", Reason: "burnt"}, operator.Closed{}, problem.Malformed},
		{"of nobody", operator.Order{Mark: strings.Repeat("0", 32), Counter: 1, To: "card", Reason: "burnt"}, operator.Closed{}, problem.NotFound},
		{"what is unknown", operator.Order{Mark: mark, Counter: 2, To: "card", Reason: "burnt"}, operator.Closed{}, problem.NotFound},
		{"to the shop", operator.Order{Mark: mark, Counter: 1, To: "shop", Reason: "burnt"},
			operator.Closed{Amount: 100, Currency: 156, Merchant: ledger.MerchantAccount([]byte("M-1")), Reference: 1}, ""},
		{"again", operator.Order{Mark: mark, Counter: 1, To: "shop", Merchant: "M-1", Reason: "burnt"},
			operator.Closed{Amount: 100, Currency: 156, Merchant: ledger.MerchantAccount([]byte("M-1")), Reference: 1}, ""},
		{"to the card", operator.Order{Mark: mark, Counter: 3, To: "card", Reason: "never sold"}, operator.Closed{Amount: 100, Currency: 156}, ""},
		{"to the other", operator.Order{Mark: mark, Counter: 3, To: "shop", Reason: "sold"}, operator.Closed{}, problem.Conflict},
	} {
		have, err := o.CloseCard(t.Context(), step.order)
		var p *problem.Problem
		if have != step.want || (step.code == "") != (err == nil) || step.code != "" && (!errors.As(err, &p) || p.Code != step.code) {
			t.Errorf("%s: %+v, %v", step.name, have, err)
		}
	}
	if have := open(); have == nil || *have != (operator.Open{Counter: 2, Behind: 1}) {
		t.Errorf("%+v", have)
	}
	c, err := o.Card(t.Context(), mark)
	if err != nil || len(c.Links) != 2 || c.Links[0].Reason != "burnt" || c.Links[1].Reason != "never sold" || c.Cleared != 1 || c.Waiting != 100 || c.Held != 500 {
		t.Errorf("%+v, %v", c, err)
	}
	proof, err := ledger.Prove(t.Context(), l)
	if err != nil || !proof.Holds() {
		proof.WriteTo(t.Output())
		t.Errorf("proof: %v", err)
	}
}

// reported is a card with 7.00 on it, whose wallet has reported the first and the third of
// three deductions of 1.00 each at T-1; it returns its mark.
func reported(t *testing.T, l ledger.Ledger, sale protocoltest.Sale, at protocol.Time) string {
	t.Helper()
	key := protocoltest.SignatureKey(t, "card")
	number, err := protocol.NewCardNumber(42)
	if err != nil {
		t.Fatal(err)
	}
	card := protocol.VirtualCard{Issuer: sale.Settlement.Subject, Number: number, Expires: at + 1e7, Holder: protocol.Confirmation{Key: protocoltest.PublicKey(t, key)},
		Purse: protocol.PurseTerms{Currency: 156, Ceiling: 1000, ConfirmAbove: 1000}}
	load := protocol.Load{Number: number, Sequence: 1, Amount: 700, Currency: 156, Total: 700, Made: at, Signer: protocol.SignerOf(sale.Settlement.Certificate)}
	p := ledger.Purse{Number: number, Currency: 156, Wallet: "W-1", Key: card.Holder.Key, Account: ledger.PayerAccount("1111"), Ceiling: 1000, Expires: card.Expires,
		Signed: protocoltest.Sign(t, sale.Settlement.Key, card).Bytes()}
	err = l.Update(t.Context(), func(tx ledger.Tx) error {
		if err := errors.Join(tx.AddCertificate(sale.Settlement.Certificate), tx.AddPurse(p)); err != nil {
			return err
		}
		n, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryTopUp, Debit: p.Account, Credit: ledger.PurseAccount(number), Amount: 700, At: at})
		if err != nil {
			return err
		}
		var previous protocol.Hash
		for counter := uint64(1); counter <= 3; counter++ {
			before := previous
			result := protocoltest.Sign(t, key, protocol.TapResult{Answers: protocol.Hash{byte(counter)}, Amount: 100, Currency: 156, Counter: counter, Previous: &before, Terminal: "T-1"})
			previous = result.Hash()
			if counter == 2 {
				continue
			}
			place := ledger.DeductionKey{Number: number, Counter: counter}
			err := errors.Join(tx.PutDeductions(place, []ledger.Deduction{{Hash: previous, Previous: before, Amount: 100, State: ledger.DeductionReported,
				Tap: ledger.NewTapKey("T-1", protocol.Hash{byte(counter)})}}),
				tx.PutReport(ledger.ReportKey{DeductionKey: place, Result: previous}, ledger.Report{Result: result.Bytes(), At: at}))
			if err != nil {
				return err
			}
		}
		p.Sequence, p.Loaded, p.Deducted = 1, 700, 200
		return errors.Join(tx.PutPurse(p), tx.AddPurseLoad(ledger.PurseLoadKey{Number: number, Sequence: 1},
			ledger.PurseLoad{Amount: 700, Total: 700, Entry: n, Made: load.Made, Answer: protocoltest.Sign(t, sale.Settlement.Key, load).Bytes()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	mark := p.Mark()
	return hex.EncodeToString(mark[:])
}
