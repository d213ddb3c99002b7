package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// payment is one sale. Its goroutine runs the steps and then stays with
// the sale until settlement knows that the terminal knows the outcome.
type payment struct {
	till   *Till
	cancel context.CancelCauseFunc
	bill   Bill            // what it is for; of a sale that began in this program
	won    Rail            // who was first; guarded by till.mu
	asked  map[uint64]bool // former taps that the card was asked about; the reader's goroutine only

	view         View // guarded by till.mu
	asideAlready bool // guarded by till.mu: not in front any more

	entry Entry // what the journal knows; touched by the sale's goroutine only
}

// refusal ends a sale here, before settlement was asked.
type refusal struct {
	ending Ending
	reason Reason
	cause  error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%s): %v", r.ending, r.reason, r.cause) }
func (r *refusal) Unwrap() error { return r.cause }

// run is the sale, in the patent's order (CN103985036A, claim 1).
func (s *payment) run(ctx context.Context) {
	answer, err := s.steps(ctx)
	s.end(ctx, answer, err)
}

// end ends the sale as its steps came out.
func (s *payment) end(ctx context.Context, answer Answer, err error) {
	var refused *refusal
	switch {
	case err == nil:
		s.conclude(s.till.ctx, answer) // step 15
	case errors.Is(err, errDeducted), errors.Is(err, errGivenUp), errors.Is(err, errLeftTorn):
		// the tap has said and written all
	case errors.Is(err, ErrNoAnswer):
		s.unknown(s.till.ctx)
	case errors.As(err, &refused):
		s.endHere(s.till.ctx, refused)
	default:
		s.endHere(s.till.ctx, s.refuse(ctx, err))
	}
}

// steps runs steps 2, 3 and 8 to 14 and returns settlement's final answer. What a
// tap came to instead is in the error.
func (s *payment) steps(ctx context.Context) (Answer, error) {
	if err := s.amountKeyed(ctx); err != nil { // step 2
		return Answer{}, err
	}
	return s.rounds(ctx)
}

// rounds offers a request, and another with a code of its own where a tap has come
// to nothing.
func (s *payment) rounds(ctx context.Context) (answer Answer, err error) {
	fetching, stop := context.WithCancel(ctx)
	settlement := s.fetchSettlement(fetching) // step 12 begins early, while people act
	defer settlement.wait()
	defer stop()
	for err = errAnew; errors.Is(err, errAnew); {
		answer, err = s.round(ctx, settlement)
	}
	return answer, err
}

func (s *payment) round(ctx context.Context, settlement *settlementKey) (Answer, error) {
	request, code, err := s.showRequest(ctx) // step 3
	if err != nil {
		return Answer{}, err
	}
	defer code.Discard()

	payment, err := s.offer(ctx, request, code) // steps 8 and 9, or S2 to S9 of the other patent
	if err != nil {
		return Answer{}, err
	}
	if err := s.spendCode(ctx, code, payment); err != nil { // step 10
		return Answer{}, err
	}
	server, err := settlement.certificate(ctx) // step 12: whose key it is sealed to
	if err != nil {
		return Answer{}, err
	}
	for attempt := uint8(1); ; attempt++ {
		submission := protocol.Submission{Request: request, Payment: payment, Attempt: attempt}
		if !payment.Unverified().HolderVerified() {
			if err := s.takeFinger(ctx, server, &submission); err != nil { // step 11
				return Answer{}, err
			}
		}
		envelope, err := s.seal(ctx, server, submission) // step 12
		if err != nil {
			return Answer{}, err
		}
		answer, err := s.submit(ctx, envelope, attempt) // steps 13 and 14
		if err != nil || answer.Outcome.Result.Final() {
			return answer, err
		}
		s.update(func(v *View) { v.Cancellable = true; v.Notice = ReasonRetryFinger; v.Notices++ })
	}
}

// amountKeyed is step 2. Before anything is shown the terminal looks at its own
// papers: a phone would refuse them anyway.
func (s *payment) amountKeyed(ctx context.Context) error {
	began := s.till.Now()
	if err := s.journal(ctx, EventKeyed); err != nil {
		return err
	}
	trust := s.till.Identity.Trust()
	if _, err := trust.Certificate(s.till.Identity.Certificate(), protocol.RoleTerminal, began); err != nil {
		return &refusal{Refused, ReasonOwnCert, err}
	}
	if err := trust.ListCurrent(began, s.till.ListAge); err != nil {
		return &refusal{Refused, ReasonListStale, err}
	}
	s.log(ctx, steps.AmountKeyed, began)
	return nil
}

// showRequest is step 3: the token draws the scramble code and signs the
// request; what ties the two together stays in the token.
func (s *payment) showRequest(ctx context.Context) (*protocol.Signed[protocol.Request], ScrambleCode, error) {
	began := s.till.Now()
	code, err := s.till.Unit.DrawScrambleCode(ctx)
	if err != nil {
		return nil, nil, err
	}
	keep := false
	defer func() {
		if !keep {
			code.Discard()
		}
	}()
	signer, err := s.till.Unit.Signer()
	if err != nil {
		return nil, nil, err
	}
	request, err := protocol.Sign(signer, protocol.Request{
		Settlement: s.till.Settlement, Amount: s.entry.Amount, Currency: s.entry.Currency, Merchant: s.till.Merchant,
		Scramble: code.Code(), Issued: protocol.At(began), Life: uint8(s.till.Life / time.Second), WantsPIN: s.entry.ByPIN,
		Terminal: s.till.Identity.Certificate(),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := code.Bind(request.Hash()); err != nil { // from here on only the token knows it
		return nil, nil, err
	}
	s.entry.Request, s.entry.Scramble, s.entry.Tap = request.Hash(), request.Unverified().Scramble, nil
	if err := s.journal(ctx, EventRequest); err != nil {
		return nil, nil, err
	}
	keep = true
	s.update(func(v *View) {
		v.Stage, v.Request, v.Until = Presenting, protocol.RequestText(request), request.Unverified().Ends()
	})
	s.log(ctx, steps.RequestShown, began, "bytes", len(request.Bytes()))
	return request, code, nil
}

// readPayment is steps 8 and 9: the camera reads codes until one is a payment
// that a genuine wallet signed for this request. Anything else held to the
// camera is named to the cashier and changes nothing.
func (s *payment) readPayment(ctx context.Context, request *protocol.Signed[protocol.Request]) (*protocol.Signed[protocol.Payment], error) {
	agreement, err := s.till.Unit.Agreement()
	if err != nil {
		return nil, err
	}
	shown, refused := protocol.RequestText(request), ""
	for {
		text, err := s.till.Codes.Scan(ctx, func(text string) bool {
			return text != shown && text != refused // our own code in a mirror, or what was just refused
		})
		if err != nil {
			return nil, err
		}
		read := s.till.Now()
		sealed, err := protocol.ParsePaymentText(text)
		if err != nil {
			refused = text
			s.noticeOf(RailScan, reasonOf(err))
			continue
		}
		s.log(ctx, steps.PaymentRead, read, "bytes", len(sealed))
		s.updateOf(RailScan, func(v *View) { v.Stage = Opening })
		payment, err := protocol.OpenPayment(agreement, request.Hash(), sealed)
		if err == nil {
			_, _, err = protocol.VerifyPayment(payment, request, s.till.Identity.Trust(), s.till.Now())
		}
		switch {
		case (err == nil || saidByAGenuineWallet(err)) && !s.claim(ctx, RailScan):
			return nil, context.Cause(ctx) // a tap was first
		case err == nil:
			s.entry.Payment = payment.Hash()
			s.log(ctx, steps.PaymentOpened, read)
			return payment, nil
		case saidByAGenuineWallet(err):
			return nil, err
		}
		s.till.Log.WarnContext(ctx, "code refused", "sale", s.entry.Request.String(), "reason", string(reasonOf(err)), "error", err.Error())
		refused = text
		s.noticeOf(RailScan, reasonOf(err))
		s.updateOf(RailScan, func(v *View) { v.Stage = Presenting })
	}
}

// saidByAGenuineWallet tells the refusals that end a sale from junk: these are
// found only after the authority's and the wallet's signatures were verified.
func saidByAGenuineWallet(err error) bool {
	for _, final := range []error{
		protocol.ErrOtherAmount, protocol.ErrOtherCurrency, protocol.ErrExpired, protocol.ErrNotYetValid,
		protocol.ErrRevoked, protocol.ErrRequestExpired,
	} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// spendCode is step 10: only now, after everything else was verified, the token
// checks the scramble code, and spends it.
func (s *payment) spendCode(ctx context.Context, code ScrambleCode, payment *protocol.Signed[protocol.Payment]) error {
	began := s.till.Now()
	if err := s.journal(ctx, EventPayment); err != nil {
		return err
	}
	if err := code.Spend(payment.Unverified().Scramble, s.entry.Request); err != nil {
		return err
	}
	s.log(ctx, steps.ScrambleSpent, began)
	return nil
}

// seal is step 12: signed by the terminal's key and sealed to settlement's.
func (s *payment) seal(ctx context.Context, server *protocol.Signed[protocol.Certificate], submission protocol.Submission) (protocol.Envelope, error) {
	began := s.till.Now()
	signer, err := s.till.Unit.Signer()
	if err != nil {
		return protocol.Envelope{}, err
	}
	signed, err := protocol.Sign(signer, submission)
	if err != nil {
		return protocol.Envelope{}, err
	}
	envelope, err := protocol.SealSubmission(*server.Unverified().Device.Agreement, s.till.Identity.Certificate().Unverified().Subject, signed)
	if err != nil {
		return protocol.Envelope{}, err
	}
	s.log(ctx, steps.SealedToServer, began, "bytes", len(envelope.Sealed))
	return envelope, nil
}

// submit is step 13. From here on the cashier cannot cancel: the sale may be
// charged, and only settlement's word ends it. The context of the sale is left
// behind for the same reason.
func (s *payment) submit(ctx context.Context, envelope protocol.Envelope, attempt uint8) (Answer, error) {
	if err := context.Cause(ctx); err != nil {
		return Answer{}, err
	}
	s.entry.Attempt = attempt
	if err := s.journal(ctx, EventSubmission); err != nil {
		return Answer{}, err
	}
	s.update(func(v *View) { v.Stage, v.Cancellable = Sending, false })
	began := s.till.Now()
	answer, err := s.handIn(envelope, attempt)
	switch {
	case err == nil:
	case errors.Is(err, ErrNotSent), errors.Is(err, ErrBusy), errors.Is(err, ErrSettlement):
		return Answer{}, err
	default: // whatever it is, the submission may have arrived
		return Answer{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	s.log(ctx, steps.Submitted, began, "attempt", attempt, "result", answer.Outcome.Result.String())
	return answer, nil
}

// handIn sends a submission, and again for a little while if settlement has too
// much to do: nothing was kept of it then, and the customer has already paid and
// touched. It is the same envelope each time, so that it counts once.
func (s *payment) handIn(envelope protocol.Envelope, attempt uint8) (answer Answer, err error) {
	patience, stop := context.WithTimeout(s.till.ctx, s.till.BusyFor)
	defer stop()
	err = ErrBusy
	for wait := range s.till.pauses(patience) {
		answer, err = s.till.Settler.Submit(s.till.ctx, envelope, s.entry.Advice(s.till.Now()), attempt)
		if !errors.Is(err, ErrBusy) {
			break
		}
		s.till.Log.InfoContext(patience, "settlement is busy", "sale", s.entry.Request.String(), "again_in", wait.String())
	}
	return answer, err
}
