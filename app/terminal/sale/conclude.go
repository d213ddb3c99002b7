package sale

import (
	"context"
	"errors"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// conclude is step 15: settlement's final answer goes into the journal, then onto
// the screen, and settlement is told that we have it.
func (s *payment) conclude(ctx context.Context, answer Answer) {
	outcome := answer.Outcome
	began := s.till.Now()
	s.entry.Outcome, s.entry.Reference = answer.Signed.Bytes(), outcome.Reference
	s.entry.Ending, s.entry.Reason = Refused, reasonOfResult(outcome.Result)
	switch outcome.Result {
	case protocol.ResultPaid:
		s.entry.Ending = Paid
	case protocol.ResultReversed:
		s.entry.Ending = Reversed
	}
	if !s.written(ctx) {
		return // the submission is in the journal: the next start asks again
	}
	s.log(ctx, steps.Answered, began, "ending", string(s.entry.Ending), "reason", string(s.entry.Reason), "settlement", s.entry.Reference)
	seen := s.show(s.entry.Ending, s.entry.Reason, protocol.OutcomeText(answer.Signed))
	s.till.resolve(ctx, s.entry.Sale, s.entry.Ending, seen)
	s.acknowledge(ctx)
}

// written brings the outcome into the journal, however long that takes, and until
// then leaves it unknown. It must not be shown before: were it paid, and the next
// start did not reach settlement, the sale would be taken back behind a customer
// who has gone with the goods.
func (s *payment) written(ctx context.Context) bool {
	err := s.journal(ctx, EventOutcome)
	if err == nil {
		return true
	}
	s.till.Log.ErrorContext(ctx, "outcome not journalled", "sale", s.entry.Request.String(), "error", err.Error())
	isNew := s.entry.Unknown.IsZero()
	if isNew {
		s.entry.Unknown = s.till.Now()
	}
	s.till.raise(ctx, s.alert(Asking), isNew)
	s.update(func(v *View) { v.Stage, v.Reason, v.Cancellable = Unknown, ReasonNoAnswer, false })
	for wait := range s.till.pauses(ctx) {
		if err = s.journal(ctx, EventOutcome); err == nil {
			return true
		}
		s.till.Log.ErrorContext(ctx, "outcome not journalled", "sale", s.entry.Request.String(), "again_in", wait.String(), "error", err.Error())
	}
	return false
}

// acknowledge tells settlement until it knows: only then it answers the wallet's
// question, and only then a reversal is out of the question.
func (s *payment) acknowledge(ctx context.Context) {
	for wait := range s.till.pauses(ctx) {
		err := s.till.Settler.Acknowledge(ctx, s.entry.Advice(s.till.Now()))
		if err == nil {
			if err = s.journal(ctx, EventAcknowledged); err == nil {
				return
			}
		}
		s.till.Log.WarnContext(ctx, "acknowledgement not delivered", "sale", s.entry.Request.String(), "again_in", wait.String(), "error", err.Error())
	}
}

// endHere ends a sale that settlement has not charged. If settlement may have
// heard of it, or the wallet waits for it, it is taken back there too.
func (s *payment) endHere(ctx context.Context, r *refusal) {
	s.entry.Ending, s.entry.Reason = r.ending, r.reason
	s.till.Log.InfoContext(ctx, "sale ended here", "sale", s.entry.Request.String(), "number", s.entry.Sale,
		"ending", string(r.ending), "reason", string(r.reason), "error", r.cause.Error())
	told := s.entry.Payment == protocol.Hash{}
	event := EventReversal
	if told {
		event = EventEnded
	}
	if err := s.journal(ctx, event); err != nil {
		s.till.Log.ErrorContext(ctx, "ending not journalled", "number", s.entry.Sale, "error", err.Error())
	}
	s.show(r.ending, r.reason, "")
	if !told {
		s.reverse(ctx, false)
	}
}

// refuse turns the error of a step into how the sale ends.
func (s *payment) refuse(ctx context.Context, err error) *refusal {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errNoFinger):
		return &refusal{Refused, ReasonNoFinger, errNoFinger}
	case errors.Is(cause, errCancelled), s.till.ctx.Err() != nil:
		return &refusal{Cancelled, ReasonNone, errCancelled}
	case isPort(err):
		return &refusal{Refused, reasonOf(err), err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, protocol.ErrRequestExpired):
		return &refusal{Expired, ReasonTimedOut, err}
	}
	return &refusal{Refused, reasonOf(err), err}
}

// isPort tells a part that failed from a person who did nothing in time.
func isPort(err error) bool {
	for _, port := range []error{ErrCameraLost, ErrSensorLost, ErrFingerPoor, ErrNotSent, ErrBusy, ErrSettlement} {
		if errors.Is(err, port) {
			return true
		}
	}
	return false
}

// unknown is where a sale is when it was sent and no verified answer came: the
// cashier is told not to charge again, a manager is alerted, settlement is asked,
// and after a while the sale is taken back (guarantee 2).
func (s *payment) unknown(ctx context.Context) {
	isNew := s.entry.Unknown.IsZero()
	if isNew {
		s.entry.Unknown = s.till.Now()
		if err := s.journal(ctx, EventUnknown); err != nil {
			s.till.Log.ErrorContext(ctx, "unknown outcome not journalled", "sale", s.entry.Request.String(), "error", err.Error())
		}
	}
	s.till.Log.WarnContext(ctx, "outcome unknown", "sale", s.entry.Request.String(), "number", s.entry.Sale)
	s.till.raise(ctx, s.alert(Asking), isNew)
	s.update(func(v *View) { v.Stage, v.Reason, v.Until = Unknown, ReasonNoAnswer, s.till.Now().Add(s.till.AskFor) })
	s.findOut(ctx)
}

func (s *payment) alert(doing Doing) Alert {
	return Alert{Number: s.entry.Sale, Amount: s.entry.Amount, Currency: s.entry.Currency, Since: s.entry.Unknown, Doing: doing}
}

// findOut asks how a submitted sale ended, for AskFor from when it became
// unknown and at least once, then takes it back.
//
// Three answers end the asking before: a final outcome; a finger to be tried
// again, because nothing was charged and the finger's moment is over; and that
// settlement has never seen the sale. The last is no reason to wait: should the
// submission still be on its way, the reversal's tombstone keeps it from charging,
// and the customer need not stand there for a minute. That settlement has not
// decided is a reason to wait: an issuer is being asked, and the answer may be
// that it is paid.
func (s *payment) findOut(ctx context.Context) {
	left := s.till.AskFor
	if !s.entry.Unknown.IsZero() { // may be long ago: the terminal was off
		left = min(left, left-s.till.Now().Sub(s.entry.Unknown))
	}
	asking := ctx
	if left > 0 {
		var stop context.CancelFunc
		asking, stop = context.WithTimeout(ctx, left)
		defer stop()
	}
	for range s.till.pauses(asking) {
		answer, err := s.till.Settler.Query(asking, s.entry.Advice(s.till.Now()))
		if err == nil && answer.Outcome.Result.Final() {
			s.conclude(ctx, answer)
			return
		}
		if err == nil || errors.Is(err, ErrNeverSeen) || left <= 0 {
			break
		}
	}
	if ctx.Err() != nil {
		return // the journal has it; the next start goes on
	}
	if err := s.journal(ctx, EventReversal); err != nil {
		s.till.Log.ErrorContext(ctx, "reversal not journalled", "sale", s.entry.Request.String(), "error", err.Error())
	}
	s.reverse(ctx, true)
}

// reverse takes the sale back at settlement, again and again until it has
// answered. With show the answer is what the sale ended with; without, the sale
// has already ended here and this only closes it there.
func (s *payment) reverse(ctx context.Context, show bool) {
	s.till.pursue(s.entry.Sale, Reversing)
	for wait := range s.till.pauses(ctx) {
		answer, err := s.till.Settler.Reverse(ctx, s.entry.Advice(s.till.Now()))
		switch {
		case err != nil:
			s.till.Log.WarnContext(ctx, "reversal not delivered", "sale", s.entry.Request.String(), "again_in", wait.String(), "error", err.Error())
		case show || answer.Outcome.Result == protocol.ResultPaid:
			// Paid here means that settlement refused to reverse: the money
			// moved, and whoever looks at the journal must see it.
			if !show {
				s.entry.Unknown = s.till.Now()
				s.till.raise(ctx, s.alert(Reversing), true)
			}
			s.conclude(ctx, answer)
			return
		default:
			s.entry.Outcome, s.entry.Reference = answer.Signed.Bytes(), answer.Outcome.Reference
			if err := s.journal(ctx, EventEnded); err != nil {
				s.till.Log.ErrorContext(ctx, "reversal not journalled", "sale", s.entry.Request.String(), "error", err.Error())
			}
			return
		}
	}
}

// resume takes up a sale that the journal left open.
func (s *payment) resume(ctx context.Context) {
	s.till.Log.InfoContext(ctx, "sale taken up again", "number", s.entry.Sale, "event", string(s.entry.Event))
	switch s.entry.Event {
	case EventOutcome:
		s.acknowledge(ctx)
	case EventReversal:
		if !s.entry.Unknown.IsZero() {
			s.till.raise(ctx, s.alert(Reversing), false)
		}
		s.reverse(ctx, true)
	case EventSubmission, EventUnknown: // it may have been sent
		s.unknown(ctx)
	default:
		s.findOut(ctx)
	}
}

// show ends the sale on the screen, or takes it off the list of those put
// aside. It says whether the sale is in front of the cashier.
func (s *payment) show(ending Ending, reason Reason, receipt string) (seen bool) {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	s.view.Stage, s.view.Ending, s.view.Reason, s.view.Cancellable = Ended, ending, reason, false
	s.view.Reference, s.view.Receipt, s.view.Decided = s.entry.Reference, receipt, s.entry.At
	s.view.Request = ""
	s.view.ByPIN = (reason == ReasonFingerPoor || reason == ReasonNoFinger) && s.offersPIN()
	if s.asideAlready {
		s.asideAlready = false
		s.till.unresolved--
	}
	s.till.showLocked()
	return s.till.front == s
}
