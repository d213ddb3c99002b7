package virtualsettlement

import (
	"crypto/ecdsa"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Purse is a wallet's virtual card as its trusted application holds it: the key,
// the chain of deductions and what was loaded. It checks nothing, so that a test
// can have it cheat: a copy of a Purse is a cloned card. It is not safe for
// concurrent use.
type Purse struct {
	T      testing.TB
	Sale   protocoltest.Sale
	Wallet protocoltest.Party
	Key    *ecdsa.PrivateKey
	// Card is what settlement signed; nil before.
	Card *protocol.Signed[protocol.VirtualCard]
	// Counter and Head are of the last deduction, Sequence of the last load.
	Counter, Sequence uint64
	Head              protocol.Hash
}

// NewPurse returns a card key of a wallet, without a card; name tells keys apart.
func NewPurse(t testing.TB, sale protocoltest.Sale, wallet protocoltest.Party, name string) *Purse {
	t.Helper()
	return &Purse{T: t, Sale: sale, Wallet: wallet, Key: protocoltest.SignatureKey(t, "card "+name)}
}

// Number is the card's.
func (p *Purse) Number() protocol.CardNumber { return p.Card.Unverified().Number }

// Mark is the card's.
func (p *Purse) Mark() protocol.CardMark {
	return protocol.MarkOf(protocoltest.PublicKey(p.T, p.Key))
}

func (p *Purse) sent() protocol.Time { return protocol.At(p.Sale.Realm.Now) }

// Application applies for the card.
func (p *Purse) Application(account protocol.Account, key protocol.Code) *protocol.Signed[protocol.CardApplication] {
	p.T.Helper()
	a, err := protocol.NewCardApplication(p.Key, p.Wallet.Certificate, account, p.Sale.Currency, key, p.sent())
	if err != nil {
		p.T.Fatal(err)
	}
	return protocoltest.Sign(p.T, p.Wallet.Key, a)
}

// LoadRequest asks for the next load.
func (p *Purse) LoadRequest(amount protocol.Amount, waiting bool) *protocol.Signed[protocol.LoadRequest] {
	p.T.Helper()
	p.Sequence++
	return p.LoadRequestOf(protocol.LoadRequest{Number: p.Number(), Nonce: protocol.Code{byte(p.Sequence), byte(p.Sequence >> 8), 0x10}, Amount: amount,
		Currency: p.Sale.Currency, Sequence: p.Sequence, Waiting: waiting, Sent: p.sent()})
}

// LoadRequestOf signs a request as it is.
func (p *Purse) LoadRequestOf(r protocol.LoadRequest) *protocol.Signed[protocol.LoadRequest] {
	p.T.Helper()
	return protocoltest.Sign(p.T, p.Key, r)
}

// Deduct is the next link of the chain, for a PAY.
func (p *Purse) Deduct(pay *protocol.Signed[protocol.TapPay], terminal protocol.ID) *protocol.Signed[protocol.TapResult] {
	p.T.Helper()
	asked := pay.Unverified()
	previous := p.Head
	p.Counter++
	result := protocoltest.Sign(p.T, p.Key, protocol.TapResult{Answers: pay.Hash(), Scramble: asked.Scramble, Status: protocol.TapDeducted,
		Amount: asked.Amount, Currency: asked.Currency, Counter: p.Counter, Previous: &previous, Terminal: terminal})
	p.Head = result.Hash()
	return result
}

// Transfer is the next link of the chain, to another card.
func (p *Purse) Transfer(to protocol.CardNumber, amount protocol.Amount) *protocol.Signed[protocol.Transfer] {
	p.T.Helper()
	previous := p.Head
	p.Counter++
	transfer := protocoltest.Sign(p.T, p.Key, protocol.Transfer{From: p.Number(), To: to, Amount: amount, Currency: p.Sale.Currency,
		Counter: p.Counter, Previous: previous, Nonce: protocol.Code{byte(p.Counter), 0x20}, Sent: p.sent()})
	p.Head = transfer.Hash()
	return transfer
}

// Question asks for the card's state and hands results in.
func (p *Purse) Question(results ...*protocol.Signed[protocol.TapResult]) *protocol.Signed[protocol.CardQuestion] {
	p.T.Helper()
	if results == nil {
		results = []*protocol.Signed[protocol.TapResult]{}
	}
	return protocoltest.Sign(p.T, p.Key, protocol.CardQuestion{Number: p.Number(), Sent: p.sent(), Results: results})
}

// Pay is a terminal's PAY to some card's answer.
func Pay(t testing.TB, sale protocoltest.Sale, terminal protocoltest.Party, scramble protocol.Code, amount protocol.Amount) *protocol.Signed[protocol.TapPay] {
	t.Helper()
	return protocoltest.Sign(t, terminal.Key, protocol.TapPay{Answer: protocol.Hash{1}, Amount: amount, Currency: sale.Currency,
		Scramble: scramble, Issued: protocol.At(sale.Realm.Now), Life: 30})
}

// Clearing is a terminal's, of what a card answered.
func Clearing(t testing.TB, terminal protocoltest.Party, card *protocol.Signed[protocol.VirtualCard], pay *protocol.Signed[protocol.TapPay],
	result *protocol.Signed[protocol.TapResult], merchant []byte, givenUp bool) *protocol.Signed[protocol.TapClearing] {
	t.Helper()
	return protocoltest.Sign(t, terminal.Key, protocol.TapClearing{Card: card, Pay: pay, Result: result, Terminal: terminal.Certificate,
		Merchant: merchant, GivenUp: givenUp})
}

// Abandonment is a terminal's, of a PAY that it never had a result for.
func Abandonment(t testing.TB, sale protocoltest.Sale, terminal protocoltest.Party, pay *protocol.Signed[protocol.TapPay], card protocol.CardMark) *protocol.Signed[protocol.TapAbandonment] {
	t.Helper()
	return protocoltest.Sign(t, terminal.Key, protocol.TapAbandonment{Pay: pay, Card: card, Sent: protocol.At(sale.Realm.Now)})
}
