package protocoltest

import (
	"crypto/ecdsa"
	"testing"
	"time"

	"countersign/protocol"
)

// Card is a virtual card with its key, which in earnest only a wallet's trusted
// application has.
type Card struct {
	Key    *ecdsa.PrivateKey
	Signed *protocol.Signed[protocol.VirtualCard]
}

// CardNumber returns the number with a serial number.
func CardNumber(t testing.TB, serial uint64) protocol.CardNumber {
	t.Helper()
	number, err := protocol.NewCardNumber(serial)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// CardClaims are the card that IssueCard would sign, for tests that change it: in
// yuan, at most 1,000.00 on it, taps up to 100.00 unconfirmed, good for a year. Its
// key derives from its number.
func (r *Realm) CardClaims(settlement Party, serial uint64) protocol.VirtualCard {
	r.t.Helper()
	number := CardNumber(r.t, serial)
	return protocol.VirtualCard{
		Issuer: settlement.Subject, Number: number, Expires: protocol.At(r.Now.Add(365 * 24 * time.Hour)),
		Holder: protocol.Confirmation{Key: PublicKey(r.t, SignatureKey(r.t, string(number)))},
		Purse:  protocol.PurseTerms{Currency: 156, Ceiling: 100000, ConfirmAbove: 10000},
	}
}

// IssueCard signs claims with settlement's key.
func (r *Realm) IssueCard(settlement Party, claims protocol.VirtualCard) Card {
	r.t.Helper()
	return Card{Key: SignatureKey(r.t, string(claims.Number)), Signed: Sign(r.t, settlement.Key, claims)}
}

// Card issues a card with a serial number as CardClaims has it.
func (r *Realm) Card(settlement Party, serial uint64) Card {
	r.t.Helper()
	return r.IssueCard(settlement, r.CardClaims(settlement, serial))
}

// Claims are what the card says.
func (c Card) Claims() protocol.VirtualCard { return c.Signed.Unverified() }

// Number returns the card's number.
func (c Card) Number() protocol.CardNumber { return c.Claims().Number }

// Mark returns the card's mark.
func (c Card) Mark() protocol.CardMark { return protocol.MarkOf(c.Claims().Holder.Key) }

// Link is a deduction by this card that comes after another; previous is zero for
// the first. The status is TapDeducted.
func (c Card) Link(t testing.TB, pay *protocol.Signed[protocol.TapPay], terminal protocol.ID, counter uint64, previous protocol.Hash) *protocol.Signed[protocol.TapResult] {
	t.Helper()
	asked := pay.Unverified()
	return Sign(t, c.Key, protocol.TapResult{
		Answers: pay.Hash(), Scramble: asked.Scramble, Status: protocol.TapDeducted, Amount: asked.Amount,
		Currency: asked.Currency, Counter: counter, Previous: &previous, Terminal: terminal,
	})
}

// ApplicationClaims are a wallet's application for a card with a key (step S1).
func (r *Realm) ApplicationClaims(wallet Party, card *ecdsa.PrivateKey, account protocol.Account) protocol.CardApplication {
	r.t.Helper()
	claims, err := protocol.NewCardApplication(card, wallet.Certificate, account, 156, protocol.Code([]byte("card application")), protocol.At(r.Now))
	if err != nil {
		r.t.Fatal(err)
	}
	return claims
}

// LoadRequestClaims ask for the card's load with a sequence number.
func (r *Realm) LoadRequestClaims(c Card, sequence uint64, amount protocol.Amount) protocol.LoadRequest {
	return protocol.LoadRequest{
		Number: c.Number(), Nonce: protocol.Code([]byte("nonce of a load.")), Amount: amount,
		Currency: c.Claims().Purse.Currency, Sequence: sequence, Sent: protocol.At(r.Now),
	}
}

// LoadClaims are settlement's load for a request; before is what was loaded until then.
func (r *Realm) LoadClaims(settlement Party, asked protocol.LoadRequest, before protocol.Sum) protocol.Load {
	return protocol.Load{
		Number: asked.Number, Sequence: asked.Sequence, Amount: asked.Amount, Currency: asked.Currency,
		Total: before + protocol.Sum(asked.Amount), Nonce: asked.Nonce, Made: protocol.At(r.Now), Signer: protocol.SignerOf(settlement.Certificate),
	}
}

// TransferClaims give money of one card to another, as the deduction with a counter.
func (r *Realm) TransferClaims(from, to Card, amount protocol.Amount, counter uint64, previous protocol.Hash) protocol.Transfer {
	return protocol.Transfer{
		From: from.Number(), To: to.Number(), Amount: amount, Currency: from.Claims().Purse.Currency,
		Counter: counter, Previous: previous, Nonce: protocol.Code([]byte("transfer's nonce")), Sent: protocol.At(r.Now),
	}
}
