// Package wallettest is a wallet in memory for tests of the terminal's side of a
// tap: honest where it is not told otherwise, and able to misbehave in every way that
// a test asks for. It speaks whole APDUs, made with protocol's own functions.
//
// It keeps what a wallet must keep: a result by terminal and code, whether a code is
// burnt, counter and chain. It has no screen, no PIN and no process of its own, and
// forgets all with the test.
package wallettest

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

// Wallet is a phone with one card. Its fields are set before it is used, or with
// Set.
type Wallet struct {
	T     testing.TB
	Card  protocoltest.Card
	Trust func() protocol.Trust
	Now   func() time.Time
	// Balance is what is on the card.
	Balance protocol.Amount
	// Locked wallets do not answer SELECT.
	Locked bool
	// Asks is set where the owner is to confirm; Confirmed once he has, for the next
	// tap, and Refuses when he will not.
	Asks, Confirmed, Refuses bool
	// Status is answered to an instruction in the place of its answer, once it was
	// carried out.
	Status map[byte]iso7816.Status
	// Instead is answered to an instruction in the place of its answer.
	Instead map[byte][]byte
	// Number is sealed in the place of the card's own.
	Number protocol.CardNumber
	// Forge changes a result before it is signed.
	Forge func(*protocol.TapResult)
	// Beside is put beside a recovered result in the place of the card.
	Beside *protocol.Signed[protocol.VirtualCard]
	// MostBurnt is how many codes it remembers that will never be deducted for: RECOVER
	// of another is out of order then. 0 for as many as come.
	MostBurnt int
	// Signer signs results in the place of the card's key.
	Signer *protocoltest.Card

	mu       sync.Mutex
	kept     map[slot]*protocol.Signed[protocol.TapResult]
	burnt    map[slot]bool
	counter  uint64
	previous protocol.Hash
	asked    map[slot]bool
	chain    []protocol.TapResult
}

// slot is what results are kept by.
type slot struct {
	terminal protocol.ID
	code     protocol.Code
}

// New returns a wallet with a card and money on it.
func New(t testing.TB, card protocoltest.Card, balance protocol.Amount, trust func() protocol.Trust, now func() time.Time) *Wallet {
	return &Wallet{
		T: t, Card: card, Balance: balance, Trust: trust, Now: now,
		Status: map[byte]iso7816.Status{}, Instead: map[byte][]byte{},
		kept: map[slot]*protocol.Signed[protocol.TapResult]{}, burnt: map[slot]bool{}, asked: map[slot]bool{},
	}
}

// Set changes how it behaves, while nothing is answered.
func (w *Wallet) Set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// Deductions are those that the wallet has made, in order.
func (w *Wallet) Deductions() []protocol.TapResult {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]protocol.TapResult(nil), w.chain...)
}

// Burnt says how many codes will never be deducted for.
func (w *Wallet) Burnt() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.burnt)
}

// Left is what is left on the card.
func (w *Wallet) Left() protocol.Amount {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Balance
}

// Powered is the wallet in a field: what it forgets when it leaves it.
func (w *Wallet) Powered() *iso7816.Session {
	t := &tap{Wallet: w}
	return iso7816.NewSession(t.answer)
}

// tap is what a wallet remembers from SELECT on.
type tap struct {
	*Wallet
	selected bool
	nonce    protocol.Code
	get      *protocol.Signed[protocol.TapGet]
	terminal protocol.Certificate
	sent     []byte
	cipher   *protocol.TapCipher
}

func (t *tap) answer(_ context.Context, c iso7816.Command) iso7816.Response {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.carryOut(c)
	if sw, wrong := t.Status[c.INS]; wrong {
		return iso7816.Response{SW: sw}
	}
	if data, other := t.Instead[c.INS]; other {
		return iso7816.Response{Data: data, SW: iso7816.OK}
	}
	return r
}

func refuse(sw iso7816.Status) iso7816.Response { return iso7816.Response{SW: sw} }

func done(data []byte, err error) iso7816.Response {
	if err != nil {
		return refuse(iso7816.NoDiagnosis)
	}
	return iso7816.Response{Data: data, SW: iso7816.OK}
}

func (t *tap) carryOut(c iso7816.Command) iso7816.Response {
	switch {
	case c.CLA == 0 && c.INS == iso7816.InsSelect:
		return t.selectName(c.Data)
	case c.CLA != protocol.TapClass:
		return refuse(iso7816.ClassNotSupported)
	case !t.selected:
		return refuse(iso7816.ConditionsNotSatisfied)
	case c.INS == protocol.TapInsGet:
		return t.number(c.Data)
	case c.INS == protocol.TapInsPay:
		return t.pay(c.Data)
	case c.INS == protocol.TapInsRecover:
		return t.recover(c.Data)
	}
	return refuse(iso7816.InstructionUnknown)
}

func (t *tap) selectName(name []byte) iso7816.Response {
	*t = tap{Wallet: t.Wallet}
	if t.Locked || string(name) != string(protocol.TapApplication()) {
		return refuse(iso7816.NotFound)
	}
	t.selected = true
	rand.Read(t.nonce[:]) //nolint:errcheck // never fails
	return done(protocol.EncodeTapSelection(t.nonce), nil)
}

func (t *tap) number(data []byte) iso7816.Response {
	get, err := protocol.Parse[protocol.TapGet](data)
	if err != nil {
		return refuse(iso7816.WrongData)
	}
	if t.get != nil {
		return refuse(iso7816.ConditionsNotSatisfied)
	}
	_, terminal, err := protocol.VerifyTapGet(get, t.nonce, t.Card.Claims().Issuer, t.Trust(), t.Now())
	if err != nil {
		return refuse(iso7816.SecurityNotSatisfied)
	}
	number := t.Card.Number()
	if t.Number != "" {
		number = t.Number
	}
	t.cipher, err = protocol.NewTapCipher(*terminal.Device.Agreement, get.Hash())
	if err != nil {
		return refuse(iso7816.NoDiagnosis)
	}
	sealed, err := t.cipher.SealNumber(number)
	if err != nil {
		return refuse(iso7816.NoDiagnosis)
	}
	signature, err := protocol.SignTapNumber(t.Card.Key, get.Hash(), sealed, t.Card.Signed)
	if err != nil {
		return refuse(iso7816.NoDiagnosis)
	}
	proof, err := t.cipher.SealProof(t.Card.Signed, signature)
	if err != nil {
		return refuse(iso7816.NoDiagnosis)
	}
	t.sent, err = protocol.EncodeTapAnswer(protocol.TapAnswer{Number: sealed, Proof: proof})
	t.get, t.terminal = get, terminal
	return done(t.sent, err)
}

func (t *tap) pay(data []byte) iso7816.Response {
	pay, err := protocol.Parse[protocol.TapPay](data)
	if err != nil {
		return refuse(iso7816.WrongData)
	}
	if t.get == nil {
		return refuse(iso7816.ConditionsNotSatisfied)
	}
	asked, err := protocol.VerifyTapPay(pay, t.terminal, t.get, t.sent, t.Now())
	if err != nil {
		return refuse(iso7816.SecurityNotSatisfied)
	}
	at := slot{t.terminal.Subject, asked.Scramble}
	if t.kept[at] != nil || t.burnt[at] {
		return refuse(iso7816.ConditionsNotSatisfied)
	}
	t.get = nil // one PAY a SELECT
	result := protocol.TapResult{Answers: pay.Hash(), Scramble: asked.Scramble, Status: protocol.TapDeducted, Currency: asked.Currency, Terminal: at.terminal}
	switch {
	case t.Refuses:
		result.Status = protocol.TapRefused
	case asked.Amount > t.Balance:
		result.Status = protocol.TapFunds
	case t.Asks && !(t.Confirmed && t.asked[at]):
		result.Status, t.asked[at] = protocol.TapConfirm, true
	default:
		previous := t.previous
		result.Amount, result.Counter, result.Previous = asked.Amount, t.counter+1, &previous
	}
	deducted := result.Status == protocol.TapDeducted
	if t.Forge != nil {
		t.Forge(&result)
	}
	key := t.Card.Key
	if t.Signer != nil {
		key = t.Signer.Key
	}
	signed := protocoltest.Sign(t.T, key, result)
	if deducted {
		t.Balance -= asked.Amount
		t.counter++
		t.previous, t.kept[at] = signed.Hash(), signed
		t.chain = append(t.chain, result)
	}
	sealed, err := t.cipher.SealResult(pay.Hash(), signed)
	return done(sealed, err)
}

func (t *tap) recover(data []byte) iso7816.Response {
	asked, err := protocol.Parse[protocol.TapRecover](data)
	if err != nil {
		return refuse(iso7816.WrongData)
	}
	torn, terminal, err := protocol.VerifyTapRecover(asked, t.nonce, t.Trust(), t.Now())
	if err != nil {
		return refuse(iso7816.SecurityNotSatisfied)
	}
	at := slot{terminal.Subject, torn.Scramble}
	result := t.kept[at]
	if result == nil && !t.burnt[at] && t.MostBurnt > 0 && len(t.burnt) >= t.MostBurnt {
		return refuse(iso7816.ConditionsNotSatisfied)
	}
	if result == nil {
		t.burnt[at] = true
		result = protocoltest.Sign(t.T, t.Card.Key, protocol.TapResult{
			Answers: asked.Hash(), Scramble: torn.Scramble, Status: protocol.TapNever,
			Currency: t.Card.Claims().Purse.Currency, Terminal: at.terminal,
		})
	}
	card := t.Card.Signed
	if t.Beside != nil {
		card = t.Beside
	}
	sealed, err := protocol.SealTapRecovery(*terminal.Device.Agreement, asked.Hash(), card, result)
	return done(sealed, err)
}
