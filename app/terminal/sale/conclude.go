package sale

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// conclude is step 15: settlement's final answer goes into the journal, onto the
// screen, and settlement is told that we have it.
func (s *scan) conclude(ctx context.Context, answer Answer) {
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
	if err := s.journal(ctx, EventOutcome); err != nil {
		// Settlement's word stands whether or not we could write it down; the
		// submission is in the journal, so the next start asks again.
		s.till.Log.ErrorContext(ctx, "outcome not journalled", "sale", s.entry.Request.String(), "error", err.Error())
		s.show(s.entry.Ending, s.entry.Reason, protocol.OutcomeText(answer.Signed))
		return
	}
	s.log(ctx, steps.Answered, began, "ending", string(s.entry.Ending), "reason", string(s.entry.Reason), "settlement", s.entry.Reference)
	s.show(s.entry.Ending, s.entry.Reason, protocol.OutcomeText(answer.Signed))
	s.acknowledge(ctx)
}

// acknowledge tells settlement until it knows: only then it answers the wallet's
// question, and only then a reversal is out of the question.
func (s *scan) acknowledge(ctx context.Context) {
	for wait := range s.pauses(ctx) {
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
func (s *scan) endHere(ctx context.Context, r *refusal) {
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
func (s *scan) refuse(ctx context.Context, err error) *refusal {
	cause := context.Cause(ctx)
	switch {
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
// cashier is told not to charge again, settlement is asked, and after a while
// the sale is taken back (guarantee 2).
func (s *scan) unknown(ctx context.Context) {
	if err := s.journal(ctx, EventUnknown); err != nil {
		s.till.Log.ErrorContext(ctx, "unknown outcome not journalled", "sale", s.entry.Request.String(), "error", err.Error())
	}
	s.till.Log.WarnContext(ctx, "outcome unknown", "sale", s.entry.Request.String(), "number", s.entry.Sale)
	s.update(func(v *View) { v.Stage, v.Reason, v.Until = Unknown, ReasonNoAnswer, s.till.Now().Add(s.till.AskFor) })
	s.findOut(ctx)
}

// findOut asks how a submitted sale ended, for a while, then takes it back.
func (s *scan) findOut(ctx context.Context) {
	asking, stop := context.WithTimeout(ctx, s.till.AskFor)
	defer stop()
	for range s.pauses(asking) {
		answer, err := s.till.Settler.Query(asking, s.entry.Advice(s.till.Now()))
		if err == nil && answer.Outcome.Result.Final() {
			s.conclude(ctx, answer)
			return
		}
		if err == nil || errors.Is(err, ErrUndecided) {
			break // reached, and it has not charged: no use in waiting
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
func (s *scan) reverse(ctx context.Context, show bool) {
	for wait := range s.pauses(ctx) {
		answer, err := s.till.Settler.Reverse(ctx, s.entry.Advice(s.till.Now()))
		switch {
		case err != nil:
			s.till.Log.WarnContext(ctx, "reversal not delivered", "sale", s.entry.Request.String(), "again_in", wait.String(), "error", err.Error())
		case show || answer.Outcome.Result == protocol.ResultPaid:
			// Paid here means that settlement refused to reverse: the money
			// moved, and whoever looks at the journal must see it.
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
func (s *scan) resume(ctx context.Context) {
	s.till.Log.InfoContext(ctx, "sale taken up again", "number", s.entry.Sale, "event", string(s.entry.Event))
	switch s.entry.Event {
	case EventOutcome:
		s.acknowledge(ctx)
	case EventReversal:
		s.reverse(ctx, true)
	default:
		s.findOut(ctx)
	}
}

// show ends the sale on the screen, or takes it off the list of those put
// aside.
func (s *scan) show(ending Ending, reason Reason, receipt string) {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	s.view.Stage, s.view.Ending, s.view.Reason, s.view.Cancellable = Ended, ending, reason, false
	s.view.Reference, s.view.Receipt, s.view.Decided = s.entry.Reference, receipt, s.entry.At
	s.view.Request = ""
	if s.asideAlready {
		s.asideAlready = false
		s.till.unresolved--
	}
	s.till.showLocked()
}

// pauses yields the pause that follows each try, longer every time and never
// quite the same, and sleeps it; it ends with the context.
func (s *scan) pauses(ctx context.Context) func(func(time.Duration) bool) {
	return func(try func(time.Duration) bool) {
		for wait := s.till.RetryFirst; ctx.Err() == nil; wait = min(wait*8/5, s.till.RetryMost) {
			jittered := wait/2 + rand.N(wait)
			if !try(jittered) {
				return
			}
			if sleep(ctx, jittered) != nil {
				return
			}
		}
	}
}

// sleep waits, or returns the context's error as soon as it ends.
func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
