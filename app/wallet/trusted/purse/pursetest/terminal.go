package pursetest

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

// Card is what a terminal taps: commands in, data and status words out.
type Card interface {
	Select(ctx context.Context) (data []byte, sw iso7816.Status, err error)
	Send(ctx context.Context, ins byte, data []byte) (answer []byte, sw iso7816.Status, err error)
}

// Direct is a purse without a radio before it.
type Direct struct{ *purse.Purse }

// Select begins a tap.
func (d Direct) Select(ctx context.Context) ([]byte, iso7816.Status, error) {
	nonce, err := d.Purse.Select(ctx)
	if err != nil {
		return nil, purse.Status(err), nil
	}
	return protocol.EncodeTapSelection(nonce), iso7816.OK, nil
}

// Send carries one command.
func (d Direct) Send(ctx context.Context, ins byte, data []byte) (answer []byte, sw iso7816.Status, err error) {
	switch ins {
	case protocol.TapInsGet:
		var handle []byte
		if handle, err = d.Handle(); err == nil {
			answer, err = d.Get(ctx, handle, data)
		}
	case protocol.TapInsPay:
		answer, err = d.Pay(ctx, data)
	case protocol.TapInsRecover:
		answer, err = d.Recover(ctx, data)
	}
	return answer, purse.Status(err), nil
}

// SWError says that a command was not answered 9000.
type SWError struct {
	Command string
	SW      iso7816.Status
}

func (e *SWError) Error() string { return fmt.Sprintf("%s: %v", e.Command, e.SW) }

// SW returns the status word of an SWError, or 9000 for nil and 0 for any other error.
func SW(err error) iso7816.Status {
	var refused *SWError
	switch {
	case err == nil:
		return iso7816.OK
	case errors.As(err, &refused):
		return refused.SW
	}
	return 0
}

// Terminal is a terminal of the realm.
type Terminal struct {
	w *World
	protocoltest.Party
}

// Terminal certifies a terminal.
func (w *World) Terminal(subject protocol.ID, shop string) *Terminal {
	w.T.Helper()
	return &Terminal{w, w.Realm.Terminal(subject, shop)}
}

// Tap is one tap of a terminal's, as far as it came.
type Tap struct {
	Code   protocol.Code
	Nonce  protocol.Code
	Get    *protocol.Signed[protocol.TapGet]
	Answer []byte
	Reader *protocol.TapReader
	Card   *protocol.Signed[protocol.VirtualCard]
	Pay    *protocol.Signed[protocol.TapPay]
	Result *protocol.Signed[protocol.TapResult]
}

// Pay does steps S2 to S9 for an amount. What it returns beside an error is how far it
// came: with Pay set the card may have been charged.
func (t *Terminal) Pay(ctx context.Context, card Card, code protocol.Code, amount protocol.Amount) (*Tap, error) {
	tap := &Tap{Code: code}
	if err := t.Ask(ctx, card, tap); err != nil {
		return tap, err
	}
	if err := t.Order(tap, amount); err != nil {
		return tap, err
	}
	return tap, t.Charge(ctx, card, tap)
}

// Ask does steps S2 to S8: the card's number is there and good.
func (t *Terminal) Ask(ctx context.Context, card Card, tap *Tap) (err error) {
	if tap.Nonce, err = t.choose(ctx, card); err != nil {
		return err
	}
	if tap.Get, err = protocol.Sign(t.Key, protocol.TapGet{
		Nonce: tap.Nonce, Scramble: tap.Code, Settlement: t.w.Server.Subject, Terminal: t.Certificate,
	}); err != nil {
		return err
	}
	if tap.Answer, err = send(ctx, card, "GET", protocol.TapInsGet, tap.Get.Bytes()); err != nil {
		return err
	}
	answer, err := protocol.DecodeTapAnswer(tap.Answer)
	if err != nil {
		return err
	}
	tap.Reader, tap.Card, err = protocol.OpenTapAnswer(t.Agreement, tap.Get.Hash(), answer, t.w.Server.Certificate, t.w.Trust(), t.w.Now())
	return err
}

// Order signs PAY for a card that was asked (step S8).
func (t *Terminal) Order(tap *Tap, amount protocol.Amount) (err error) {
	tap.Pay, err = protocol.Sign(t.Key, protocol.TapPay{
		Answer: protocol.AnswerHash(tap.Get.Hash(), tap.Answer), Amount: amount, Currency: Terms.Currency,
		Scramble: tap.Code, Issued: protocol.At(t.w.Now()), Life: 60,
	})
	return err
}

// Charge sends PAY and verifies its answer (step S9).
func (t *Terminal) Charge(ctx context.Context, card Card, tap *Tap) (err error) {
	sealed, err := send(ctx, card, "PAY", protocol.TapInsPay, tap.Pay.Bytes())
	if err != nil {
		return err
	}
	result, err := tap.Reader.OpenResult(tap.Pay.Hash(), sealed)
	if err != nil {
		return err
	}
	if _, err := protocol.VerifyTapResult(result, tap.Reader.Card(), tap.Pay, t.Subject); err != nil {
		return err
	}
	tap.Result = result
	return nil
}

// Recover asks what became of a torn tap, of which it needs code and PAY.
func (t *Terminal) Recover(ctx context.Context, card Card, torn *Tap) (*protocol.Signed[protocol.TapResult], error) {
	nonce, err := t.choose(ctx, card)
	if err != nil {
		return nil, err
	}
	return t.RecoverNow(ctx, card, nonce, torn)
}

// RecoverNow does so within a SELECT that was answered with a nonce.
func (t *Terminal) RecoverNow(ctx context.Context, card Card, nonce protocol.Code, torn *Tap) (*protocol.Signed[protocol.TapResult], error) {
	asked, err := protocol.Sign(t.Key, protocol.TapRecover{Nonce: nonce, Scramble: torn.Code, Terminal: t.Certificate})
	if err != nil {
		return nil, err
	}
	sealed, err := send(ctx, card, "RECOVER", protocol.TapInsRecover, asked.Bytes())
	if err != nil {
		return nil, err
	}
	beside, result, err := protocol.OpenTapRecovery(t.Agreement, asked, sealed, torn.Pay, t.w.Mark(), t.Subject)
	if err != nil {
		return nil, err
	}
	_, err = protocol.VerifyRecoveredCard(beside, t.w.Server.Certificate, t.w.Trust(), t.w.Now())
	return result, err
}

// choose does steps S2 and S3.
func (t *Terminal) choose(ctx context.Context, card Card) (protocol.Code, error) {
	data, sw, err := card.Select(ctx)
	if err != nil {
		return protocol.Code{}, err
	}
	if sw != iso7816.OK {
		return protocol.Code{}, &SWError{"SELECT", sw}
	}
	return protocol.DecodeTapSelection(data)
}

func send(ctx context.Context, card Card, name string, ins byte, data []byte) ([]byte, error) {
	answer, sw, err := card.Send(ctx, ins, data)
	if err != nil {
		return nil, err
	}
	if sw != iso7816.OK {
		return nil, &SWError{name, sw}
	}
	return answer, nil
}
