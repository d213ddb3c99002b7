package ledger

import (
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// fillMore makes a refund of a sale, an anchor, a load and something asked of the acquirer, all as
// settlement would: a ledger that holds.
func (f fixture) fillMore(l Ledger) {
	f.t.Helper()
	f.fill(l, 1000)
	f.update(l, f.pay(1, 300))
	refund := protocol.RefundOutcome{Reference: 1, Key: key(101).Scramble, Result: protocol.RefundMade, Amount: 100, Currency: cny,
		Number: 101, Refunded: 100, Decided: 60, Signer: protocol.SignerOf(f.self.Certificate)}
	receipt := protocol.AnchorReceipt{Terminal: "T-0001", Sequence: 7, Head: protocol.Hash{7}, Received: 70, Signer: protocol.SignerOf(f.self.Certificate)}
	f.update(l, func(tx Tx) error {
		s, err := tx.Sale(key(1))
		if err != nil {
			return err
		}
		k, r := key(1), RefundKey{Terminal: "T-0001", Key: refund.Key}
		s.Refunded = 100
		if err := tx.PutSale(k, s); err != nil {
			return err
		}
		if _, err := tx.Transfer(Transfer{Kind: EntryRefund, Debit: shop, Credit: payer, Amount: 100, At: 60, Sale: &k, Refund: &r}); err != nil {
			return err
		}
		return tx.PutRefund(r, Refund{Reference: 1, Sale: k, Amount: 100, Currency: cny, Staff: "S-1", State: RefundDone, Number: 101,
			Decided: 60, Answer: protocoltest.Sign(f.t, f.self.Key, refund).Bytes()})
	})
	f.update(l, func(tx Tx) error {
		return tx.AddAnchor("T-0001", Anchor{Sequence: 7, Head: protocol.Hash{7}, Received: 70,
			Message: []byte("signed"), Receipt: protocoltest.Sign(f.t, f.self.Key, receipt).Bytes()})
	})
	f.update(l, func(tx Tx) error {
		n, err := tx.Transfer(Transfer{Kind: EntryLoad, Debit: funding, Credit: payer, Amount: 50, At: 80})
		if err != nil {
			return err
		}
		return tx.AddLoad("bank 1", Load{Kind: EntryLoad, Account: payer, Amount: 50, Entry: n})
	})
	f.update(l, func(tx Tx) error {
		return tx.PutAuthorisation(AuthorisationKey{Terminal: "T-0001", Code: key(9).Scramble},
			Authorisation{Card: PayerAccount("4242"), Merchant: shop, Amount: 5, Currency: cny, State: AuthorisationSent})
	})
}

// Guarantee 11, for what came with refunds and cards.
func TestProofFindsWhatIsBrokenInRefunds(t *testing.T) {
	everyStore(t, testProofFindsWhatIsBrokenInRefunds)
}

func testProofFindsWhatIsBrokenInRefunds(t *testing.T, on store) {
	f := newFixture(t)
	proofFinds(t, on, f.fillMore, []tampering{
		{"refund removed", removed(bucketRefunds), checkOrphans},
		{"refund's number removed", removed(bucketRefundNumbers), checkRefunds},
		{"refund raised", first(bucketRefunds, edited(t, func(r *Refund) { r.Amount++ })), checkRefunds},
		{"refund's answer of another", first(bucketRefunds, edited(t, func(r *Refund) { r.Number++ })), checkSignatures},
		{"refund's answer changed", first(bucketRefunds, edited(t, func(r *Refund) { r.Answer[len(r.Answer)-1] ^= 1 })), checkSignatures},
		{"refund forgotten by its sale", first(bucketSales, edited(t, func(s *Sale) { s.Refunded = 0 })), checkRefunds},
		{"sale refunded beyond what was paid", first(bucketSales, edited(t, func(s *Sale) { s.Refunded = 301 })), checkSales},
		{"entry of the refund removed", gone(bucketEntries, numberKey(3)), checkRefunds},
		{"number of a sale and a refund", func(tx vault) error {
			b := tx.Bucket([]byte(bucketRefundNumbers))
			_, raw := b.First()
			return b.Put(numberKey(1), append([]byte(nil), raw...))
		}, checkReferences},
		{"entry not found by its time", removed(bucketMovements), checkMovements},
		{"entry found by another time", first(bucketMovements, func(b shelf, key, _ []byte) error {
			if err := b.Delete(key); err != nil {
				return err
			}
			key[len(key)-9]++
			return b.Put(key, []byte{})
		}), checkMovements},
		{"anchor removed", removed(bucketAnchors), checkAnchors},
		{"head of an anchor changed", first(bucketAnchors, edited(t, func(a *Anchor) { a.Head[0]++ })), checkSignatures},
		{"newest anchor put back", first(bucketHeads, edited(t, func(a *Anchor) { a.Sequence-- })), checkAnchors},
		{"load of another amount", first(bucketLoads, edited(t, func(l *Load) { l.Amount++ })), checkLoads},
		{"open authorisation not marked", removed(bucketOpen), checkAuthorisations},
		{"acquirer asked under a sale's number", first(bucketAuthorisations, edited(t, func(a *Authorisation) { a.Retrieval = 1 })), checkAuthorisations},
		{"approved without a sale", first(bucketAuthorisations, edited(t, func(a *Authorisation) { a.State = AuthorisationApproved })), checkAuthorisations},
	})
}
