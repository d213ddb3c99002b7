package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/steps"
)

// This file is the terminal's side of a tap, as CN103942678A, claim 5, has its
// steps: S2, S4, S8 and S9. Each is logged when its command leaves.

// held is a phone in the field, as far as it has come.
type held struct {
	card   Card
	code   protocol.Code
	nonce  protocol.Code
	get    *protocol.Signed[protocol.TapGet]
	answer []byte
	reader *protocol.TapReader
	of     *protocol.Signed[protocol.VirtualCard]
}

// What a tap came to, where the sale goes on.
var (
	// errTorn: PAY has left, and no result that can be verified is in hand.
	errTorn = errors.New("torn tap")
	// errConfirm: the owner is asked on the phone, then taps again.
	errConfirm = errors.New("to be confirmed on the phone")
)

// tap is one phone, from field to result. Errors: errDeducted, errTorn, errConfirm,
// errAnew, a refusal; any other says that PAY has not left.
func (s *payment) tap(ctx context.Context, h *held, first func()) error {
	for former := true; former; {
		if err := s.selectApplication(ctx, h); err != nil { // S2 and S3
			return err
		}
		if err := s.askNumber(ctx, h); err != nil { // S4 to S7
			return err
		}
		if err := s.verifyNumber(ctx, h); err != nil { // S8
			return err
		}
		var err error
		if former, err = s.askAboutFormer(ctx, h); err != nil { // taps of this card that were given up
			return err
		}
	}
	pay, err := s.requestPayment(ctx, h, first) // S8
	if err != nil {
		return err
	}
	return s.takeResult(h, pay) // S9
}

// selectApplication is S2: there is a field (claim 6), now the application in it is
// named. Only a wallet that is unlocked and meant to pay answers (S3).
func (s *payment) selectApplication(ctx context.Context, h *held) (err error) {
	s.logTap(ctx, steps.TapSelected, s.till.Now())
	h.nonce, err = s.till.selectWallet(ctx, h.card)
	return err
}

// selectWallet names the application and returns the wallet's nonce.
func (t *Till) selectWallet(ctx context.Context, card Card) (protocol.Code, error) {
	data, err := t.command(ctx, card, iso7816.Select(protocol.TapApplication()))
	if err != nil {
		return protocol.Code{}, fmt.Errorf("select: %w", err)
	}
	return protocol.DecodeTapSelection(data)
}

// askNumber is S4: the virtual card's number is asked for, signed over the wallet's
// nonce. S5 to S7 are the wallet's.
func (s *payment) askNumber(ctx context.Context, h *held) error {
	began := s.till.Now()
	signer, err := s.till.Unit.Signer()
	if err != nil {
		return err
	}
	h.get, err = protocol.Sign(signer, protocol.TapGet{
		Nonce: h.nonce, Scramble: h.code, Settlement: s.till.Settlement, Terminal: s.till.Identity.Certificate(),
	})
	if err != nil {
		return err
	}
	s.logTap(ctx, steps.TapAsked, began, "bytes", len(h.get.Bytes()))
	h.answer, err = s.till.command(ctx, h.card, tapCommand(protocol.TapInsGet, h.get.Bytes()))
	if err != nil {
		return fmt.Errorf("get number: %w", err)
	}
	return nil
}

// verifyNumber is the first half of S8: signature verified, number decrypted, and
// whether it meets the requirements.
func (s *payment) verifyNumber(_ context.Context, h *held) error {
	answer, err := protocol.DecodeTapAnswer(h.answer)
	if err != nil {
		return err
	}
	agreement, err := s.till.Unit.Agreement()
	if err != nil {
		return err
	}
	now := s.till.Now()
	h.reader, h.of, err = protocol.OpenTapAnswer(agreement, h.get.Hash(), answer, s.till.knownSettlement(), s.till.Identity.Trust(), now)
	if err != nil {
		return err
	}
	card := h.reader.Card()
	blocked, err := s.till.blocked()
	switch {
	case err != nil:
		return err
	case blocked.Blocks(card.Holder.Key):
		return fmt.Errorf("%w: …%s", errBlocked, card.Number.Ending())
	case card.Purse.Currency != s.entry.Currency:
		return fmt.Errorf("%w: the card's is %d", protocol.ErrOtherCurrency, card.Purse.Currency)
	}
	return s.till.queue.AdmitCard(protocol.MarkOf(card.Holder.Key), s.entry.Amount)
}

// requestPayment is the second half of S8: the payment request command, which names
// this card's answer. From here on scan is closed and nobody can cancel. It is in the
// journal before it leaves.
func (s *payment) requestPayment(ctx context.Context, h *held, first func()) (*protocol.Signed[protocol.TapPay], error) {
	began := s.till.Now()
	signer, err := s.till.Unit.Signer()
	if err != nil {
		return nil, err
	}
	pay, err := protocol.Sign(signer, protocol.TapPay{
		Answer: protocol.AnswerHash(h.get.Hash(), h.answer), Amount: s.entry.Amount, Currency: s.entry.Currency,
		Scramble: h.code, Issued: protocol.At(began), Life: uint8(protocol.MaxLife / time.Second),
	})
	if err != nil {
		return nil, err
	}
	if !s.claim(ctx, RailTap) {
		return nil, context.Canceled // cancelled, out of time, or a scan was first
	}
	first()
	card := h.reader.Card()
	s.entry.Tap = &TapOf{
		Pay: pay.Bytes(), Card: protocol.MarkOf(card.Holder.Key), Ending: card.Number.Ending(), Terminal: h.get.Unverified().Terminal.Bytes(),
	}
	if err := s.journal(ctx, EventTapPay); err != nil {
		return nil, err
	}
	s.logTap(ctx, steps.TapVerified, began, "card", card.Number.Ending(), "bytes", len(pay.Bytes()))
	return pay, nil
}

// takeResult is S9: PAY goes out, and what comes back is verified. Whatever else
// than the card's signed word comes, status words included, leaves the tap torn.
func (s *payment) takeResult(h *held, pay *protocol.Signed[protocol.TapPay]) error {
	ctx, began := s.till.ctx, s.till.Now()
	torn := func(err error) error {
		s.till.Log.WarnContext(ctx, "tap torn", "sale", s.entry.Request.String(), "number", s.entry.Sale, "error", err.Error())
		return fmt.Errorf("%w: %w", errTorn, err)
	}
	sealed, err := s.till.command(ctx, h.card, tapCommand(protocol.TapInsPay, pay.Bytes()))
	if err != nil {
		return torn(err)
	}
	signed, err := h.reader.OpenResult(pay.Hash(), sealed)
	if err != nil {
		return torn(err)
	}
	result, err := protocol.VerifyTapResult(signed, h.reader.Card(), pay, s.till.self())
	if err != nil {
		return torn(err)
	}
	s.logTap(ctx, steps.TapPaid, began, "status", result.Status.String())
	if result.Status == protocol.TapDeducted {
		if err := s.deducted(ctx, h.of, pay, signed); err != nil {
			return torn(err) // the wallet keeps it, to be asked for
		}
		return errDeducted
	}
	if err := s.journal(ctx, EventTapAnswered); err != nil {
		return err
	}
	switch result.Status {
	case protocol.TapConfirm:
		return errConfirm
	case protocol.TapFunds:
		s.anew(ReasonTapFunds)
	default:
		s.anew(ReasonTapRefused)
	}
	return errAnew
}

// tapCommand is one of the tap's own commands.
func tapCommand(ins byte, data []byte) iso7816.Command {
	return iso7816.Command{CLA: protocol.TapClass, INS: ins, Data: data, Le: iso7816.MaxLe}
}

// refusedCommand is a status word other than 9000.
type refusedCommand struct{ iso7816.Status }

func (r refusedCommand) Error() string { return "the phone answers " + r.Status.String() }

// command sends one command and waits for its answer, not for ever.
func (t *Till) command(ctx context.Context, card Card, c iso7816.Command) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, t.Tap.Patience)
	defer stop()
	r, err := card.Exchange(ctx, c)
	if err != nil {
		return nil, err
	}
	if r.SW != iso7816.OK {
		return nil, refusedCommand{r.SW}
	}
	return r.Data, nil
}

// self is the terminal's name.
func (t *Till) self() protocol.ID { return t.Identity.Certificate().Unverified().Subject }

func (s *payment) logTap(ctx context.Context, step steps.TapStep, began time.Time, args ...any) {
	steps.LogTap(ctx, s.till.Log, step, s.till.Now().Sub(began), append([]any{"sale", s.entry.Request.String(), "number", s.entry.Sale}, args...)...)
}
