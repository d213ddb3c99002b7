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
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// A card is blocked and freed with a reason, and what a blocked one holds goes
// back once; the books come out.
func TestCardsAreLookedAfter(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Unix(1_800_000_000, 0)
	var log strings.Builder
	o := operator.Operator{Ledger: l, Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if _, err := o.AddAccount(t.Context(), "1111", "prepaid", "CNY"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Load(t.Context(), "1111", "10.00", ""); err != nil {
		t.Fatal(err)
	}
	sale := protocoltest.NewSale(t, 120, false)
	key := protocoltest.PublicKey(t, protocoltest.SignatureKey(t, "card"))
	number, err := protocol.NewCardNumber(42)
	if err != nil {
		t.Fatal(err)
	}
	card := protocol.VirtualCard{Issuer: sale.Settlement.Subject, Number: number, Expires: protocol.At(now) + 3600, Holder: protocol.Confirmation{Key: key},
		Purse: protocol.PurseTerms{Currency: 156, Ceiling: 1000, ConfirmAbove: 1000}}
	signer := protocol.SignerOf(sale.Settlement.Certificate)
	load := protocol.Load{Number: number, Sequence: 1, Amount: 700, Currency: 156, Total: 700, Made: protocol.At(now), Signer: signer}
	err = l.Update(t.Context(), func(tx ledger.Tx) error {
		p := ledger.Purse{Number: number, Currency: 156, Wallet: "W-1", Key: key, Account: ledger.PayerAccount("1111"), Ceiling: 1000, Expires: card.Expires,
			Signed: protocoltest.Sign(t, sale.Settlement.Key, card).Bytes()}
		if err := errors.Join(tx.AddCertificate(sale.Settlement.Certificate), tx.AddPurse(p)); err != nil {
			return err
		}
		n, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryTopUp, Debit: p.Account, Credit: ledger.PurseAccount(number), Amount: 700, At: protocol.At(now)})
		if err != nil {
			return err
		}
		p.Sequence, p.Loaded, p.Deducted = 1, 700, 100
		return errors.Join(tx.PutPurse(p),
			tx.PutDeductions(ledger.DeductionKey{Number: number, Counter: 1}, []ledger.Deduction{{Hash: protocol.Hash{1}, Amount: 100, State: ledger.DeductionReported,
				Tap: ledger.TapKey{Terminal: "T-1", Pay: protocol.Code{1}}}}),
			tx.AddPurseLoad(ledger.PurseLoadKey{Number: number, Sequence: 1}, ledger.PurseLoad{Amount: 700, Total: 700, Entry: n, Made: load.Made,
				Answer: protocoltest.Sign(t, sale.Settlement.Key, load).Bytes()}))
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := o.Cards(t.Context())
	if err != nil || len(all) != 1 || all[0].Held != 700 || all[0].Shadow() != 600 {
		t.Fatalf("%+v, %v", all, err)
	}
	raw := all[0].Mark()
	mark := hex.EncodeToString(raw[:])
	for _, step := range []struct {
		name string
		do   func() error
		code problem.Code
	}{
		{"release of a card in use", func() error { _, err := o.ReleaseCard(t.Context(), mark, "letter 1"); return err }, problem.Conflict},
		{"block without a reason", func() error { return o.BlockCard(t.Context(), mark, "") }, problem.Malformed},
		{"no mark", func() error { return o.BlockCard(t.Context(), "12", "lost") }, problem.Malformed},
		{"nobody's mark", func() error { return o.BlockCard(t.Context(), strings.Repeat("0", 32), "lost") }, problem.NotFound},
		{"block", func() error { return o.BlockCard(t.Context(), mark, "lost") }, ""},
		{"unblock", func() error { return o.UnblockCard(t.Context(), mark, "found") }, ""},
		{"block again", func() error { return o.BlockCard(t.Context(), mark, "lost again") }, ""},
		{"release without a reference", func() error { _, err := o.ReleaseCard(t.Context(), mark, ""); return err }, problem.Malformed},
		{"release", func() error {
			given, err := o.ReleaseCard(t.Context(), mark, "letter 1")
			if given != "6.00 CNY" {
				t.Errorf("released %s", given)
			}
			return err
		}, ""},
		{"the same release", func() error {
			given, err := o.ReleaseCard(t.Context(), mark, "letter 1")
			if given != "0.00 CNY" {
				t.Errorf("released %s", given)
			}
			return err
		}, ""},
		{"unblock what was released", func() error { return o.UnblockCard(t.Context(), mark, "sorry") }, problem.Conflict},
	} {
		err := step.do()
		var p *problem.Problem
		if (step.code == "") != (err == nil) || step.code != "" && (!errors.As(err, &p) || p.Code != step.code) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	c, err := o.Card(t.Context(), mark)
	if err != nil || c.Blocked != ledger.BlockOperator || c.Note != "lost again" || c.Held != 100 || c.Shadow() != 0 || len(c.Links) != 1 || c.Links[0].Counter != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	proof, err := ledger.Prove(t.Context(), l)
	if err != nil || !proof.Holds() {
		proof.WriteTo(t.Output())
		t.Errorf("proof: %v", err)
	}
	if strings.Contains(log.String(), string(number)) {
		t.Error("a card's number is in the log")
	}
}
