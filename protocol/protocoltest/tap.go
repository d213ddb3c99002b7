package protocoltest

import (
	"testing"

	"countersign/protocol"
)

// Tap is one sale by tap between parties of a realm, made step by step. A test
// changes a claim between the steps to play a hostile party.
type Tap struct {
	Realm                        *Realm
	Terminal, Wallet, Settlement Party
	Card                         Card
	Account                      protocol.Account
	Amount                       protocol.Amount
	Currency                     protocol.Currency
	// Nonce is the wallet's of its SELECT, Scramble the terminal's of its sale.
	Nonce, Scramble protocol.Code
}

// NewTap returns a tap of ¥78.00 in a new realm.
func NewTap(t testing.TB) Tap {
	t.Helper()
	return NewSale(t, 120, false).Tap()
}

// Tap returns a tap between the parties of a sale, for its amount.
func (s Sale) Tap() Tap {
	return Tap{
		Realm: s.Realm, Terminal: s.Terminal, Wallet: s.Wallet, Settlement: s.Settlement, Card: s.Realm.Card(s.Settlement, 1),
		Account: s.Account, Amount: s.Amount, Currency: s.Currency,
		Nonce: protocol.Code([]byte("nonce of SELECT.")), Scramble: protocol.Code([]byte("scramble of tap.")),
	}
}

// An Answer is a wallet's answer to a GET and what its further answers are sealed with.
type Answer struct {
	Bytes  []byte
	Cipher *protocol.TapCipher
}

// GetClaims are what the terminal signs in step S4.
func (p Tap) GetClaims() protocol.TapGet {
	return protocol.TapGet{Nonce: p.Nonce, Scramble: p.Scramble, Settlement: p.Settlement.Subject, Terminal: p.Terminal.Certificate}
}

// Get signs the GET of step S4.
func (p Tap) Get(t testing.TB) *protocol.Signed[protocol.TapGet] {
	t.Helper()
	return Sign(t, p.Terminal.Key, p.GetClaims())
}

// Answer seals the card's number and proof for the terminal of a GET (steps S5 to S7).
func (p Tap) Answer(t testing.TB, get *protocol.Signed[protocol.TapGet]) Answer {
	t.Helper()
	return p.AnswerWith(t, get, p.Card.Number(), p.Card)
}

// AnswerWith is Answer with another number, or another card's key, than belong
// together: the card is sealed and its key signs.
func (p Tap) AnswerWith(t testing.TB, get *protocol.Signed[protocol.TapGet], number protocol.CardNumber, card Card) Answer {
	t.Helper()
	cipher, err := protocol.NewTapCipher(*get.Unverified().Terminal.Unverified().Device.Agreement, get.Hash())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := cipher.SealNumber(number)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := protocol.SignTapNumber(card.Key, get.Hash(), sealed, card.Signed)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := cipher.SealProof(card.Signed, signature)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := protocol.EncodeTapAnswer(protocol.TapAnswer{Number: sealed, Proof: proof})
	if err != nil {
		t.Fatal(err)
	}
	return Answer{Bytes: encoded, Cipher: cipher}
}

// Read opens an answer with the terminal's key (step S8).
func (p Tap) Read(t testing.TB, get *protocol.Signed[protocol.TapGet], answer []byte) *protocol.TapReader {
	t.Helper()
	decoded, err := protocol.DecodeTapAnswer(answer)
	if err != nil {
		t.Fatal(err)
	}
	reader, _, err := protocol.OpenTapAnswer(p.Terminal.Agreement, get.Hash(), decoded, p.Settlement.Certificate, p.Realm.Trust(), p.Realm.Now)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// PayClaims are what the terminal signs in step S8.
func (p Tap) PayClaims(get *protocol.Signed[protocol.TapGet], answer []byte) protocol.TapPay {
	return protocol.TapPay{
		Answer: protocol.AnswerHash(get.Hash(), answer), Amount: p.Amount, Currency: p.Currency,
		Scramble: get.Unverified().Scramble, Issued: protocol.At(p.Realm.Now), Life: 60,
	}
}

// Pay signs the PAY of step S8.
func (p Tap) Pay(t testing.TB, get *protocol.Signed[protocol.TapGet], answer []byte) *protocol.Signed[protocol.TapPay] {
	t.Helper()
	return Sign(t, p.Terminal.Key, p.PayClaims(get, answer))
}

// ResultClaims are what the card signs in step S9. A deduction is the card's first:
// see Card.Link for others.
func (p Tap) ResultClaims(pay *protocol.Signed[protocol.TapPay], status protocol.TapStatus) protocol.TapResult {
	asked := pay.Unverified()
	result := protocol.TapResult{Answers: pay.Hash(), Scramble: asked.Scramble, Status: status, Currency: asked.Currency, Terminal: p.Terminal.Subject}
	if status == protocol.TapDeducted {
		result.Amount, result.Counter, result.Previous = asked.Amount, 1, &protocol.Hash{}
	}
	return result
}

// Result signs the result of step S9.
func (p Tap) Result(t testing.TB, pay *protocol.Signed[protocol.TapPay], status protocol.TapStatus) *protocol.Signed[protocol.TapResult] {
	t.Helper()
	return Sign(t, p.Card.Key, p.ResultClaims(pay, status))
}

// RecoverClaims are what the terminal signs to ask about a torn tap.
func (p Tap) RecoverClaims() protocol.TapRecover {
	return protocol.TapRecover{Nonce: p.Nonce, Scramble: p.Scramble, Terminal: p.Terminal.Certificate}
}

// Recover signs the RECOVER.
func (p Tap) Recover(t testing.TB) *protocol.Signed[protocol.TapRecover] {
	t.Helper()
	return Sign(t, p.Terminal.Key, p.RecoverClaims())
}

// NeverClaims are what the card signs for a code that it never deducted for.
func (p Tap) NeverClaims(asked *protocol.Signed[protocol.TapRecover]) protocol.TapResult {
	return protocol.TapResult{
		Answers: asked.Hash(), Scramble: asked.Unverified().Scramble, Status: protocol.TapNever,
		Currency: p.Card.Claims().Purse.Currency, Terminal: p.Terminal.Subject,
	}
}

// Never signs NeverClaims.
func (p Tap) Never(t testing.TB, asked *protocol.Signed[protocol.TapRecover]) *protocol.Signed[protocol.TapResult] {
	t.Helper()
	return Sign(t, p.Card.Key, p.NeverClaims(asked))
}

// Recovery seals a result as the answer to a RECOVER.
func (p Tap) Recovery(t testing.TB, asked *protocol.Signed[protocol.TapRecover], result *protocol.Signed[protocol.TapResult]) protocol.Sealed {
	t.Helper()
	sealed, err := protocol.SealTapRecovery(p.Terminal.Point(t), asked.Hash(), p.Card.Signed, result)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// ClearingClaims are what the terminal hands in at settlement.
func (p Tap) ClearingClaims(pay *protocol.Signed[protocol.TapPay], result *protocol.Signed[protocol.TapResult]) protocol.TapClearing {
	return protocol.TapClearing{Card: p.Card.Signed, Pay: pay, Result: result, Terminal: p.Terminal.Certificate, Merchant: []byte("M-0001")}
}

// Clearing signs a clearing.
func (p Tap) Clearing(t testing.TB, pay *protocol.Signed[protocol.TapPay], result *protocol.Signed[protocol.TapResult]) *protocol.Signed[protocol.TapClearing] {
	t.Helper()
	return Sign(t, p.Terminal.Key, p.ClearingClaims(pay, result))
}

// AbandonmentClaims are what the terminal says of a torn tap that it gave up.
func (p Tap) AbandonmentClaims(pay *protocol.Signed[protocol.TapPay]) protocol.TapAbandonment {
	return protocol.TapAbandonment{Pay: pay, Card: p.Card.Mark(), Sent: protocol.At(p.Realm.Now)}
}

// ClearedClaims are settlement's answer to a clearing or abandonment.
func (p Tap) ClearedClaims(pay *protocol.Signed[protocol.TapPay], result protocol.ClearingResult) protocol.TapCleared {
	asked := pay.Unverified()
	cleared := protocol.TapCleared{
		Pay: pay.Hash(), Result: result, Amount: asked.Amount, Currency: asked.Currency,
		Decided: protocol.At(p.Realm.Now), Signer: protocol.SignerOf(p.Settlement.Certificate),
	}
	if result == protocol.ClearingCredited {
		cleared.Reference = 4711
	}
	return cleared
}
