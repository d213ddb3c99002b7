package sale

import (
	"context"
	"errors"
	"fmt"

	"countersign/protocol"
)

// refund is one refund. Its goroutine stays with it until settlement has
// answered.
type refund struct {
	till  *Till
	entry Entry // what the journal knows; touched by the refund's goroutine only
	// fresh says that no try has been made whose end is not known.
	fresh bool
	// promised says that the journal may say that it will be sent.
	promised bool
}

// run signs the refund once, writes it down, and sends those very bytes until
// they are answered (guarantee 5).
func (r *refund) run(ctx context.Context) {
	signed, err := r.sign(ctx)
	if err != nil {
		if !r.endHere(ctx, err) {
			r.unknown(ctx) // and not to be sent: the next start sees whether it was promised
		}
		return
	}
	r.send(ctx, signed)
}

func (r *refund) sign(ctx context.Context) (*protocol.Signed[protocol.Refund], error) {
	signer, err := r.till.Unit.Signer()
	if err != nil {
		return nil, err
	}
	of := r.entry.Refund
	signed, err := protocol.Sign(signer, protocol.Refund{
		Reference: of.Reference, Amount: r.entry.Amount, Currency: r.entry.Currency, Key: of.Key,
		Staff: of.Approver, Sent: protocol.At(r.till.Now()),
	})
	if err != nil {
		return nil, err
	}
	of.Message = signed.Bytes()
	err = r.journal(ctx, EventRefundSent)
	r.promised = err == nil || !errors.Is(err, ErrFull) // with which nothing was written
	return signed, err
}

func (r *refund) send(ctx context.Context, signed *protocol.Signed[protocol.Refund]) {
	for wait := range r.till.pauses(ctx) {
		answer, err := r.till.Settler.Refund(ctx, signed)
		switch {
		case err == nil:
			if err = r.conclude(ctx, answer); err == nil {
				return
			}
		case r.fresh && (errors.Is(err, ErrNotSent) || errors.Is(err, ErrBusy) || errors.Is(err, ErrSettlement)):
			if r.endHere(ctx, err) { // settlement has not heard of it
				return
			}
		}
		r.fresh = false
		r.unknown(ctx)
		r.till.Log.WarnContext(ctx, "refund without an answer", "refund", r.entry.Sale, "again_in", wait.String(), "error", err.Error())
	}
}

// unknown is where a refund is that may have arrived: a manager is alerted, and it
// is sent again under the same key.
func (r *refund) unknown(ctx context.Context) {
	isNew := r.entry.Unknown.IsZero()
	if isNew {
		r.entry.Unknown = r.till.Now()
		if err := r.journal(ctx, EventRefundUnknown); err != nil {
			r.till.Log.ErrorContext(ctx, "unknown refund not journalled", "refund", r.entry.Sale, "error", err.Error())
		}
	} else if r.alerted() {
		return
	}
	r.till.raise(ctx, Alert{
		Number: r.entry.Sale, Refund: true, Amount: r.entry.Amount, Currency: r.entry.Currency, Since: r.entry.Unknown, Doing: Repeating,
	}, isNew)
	r.show(func(v *RefundView) { v.Stage, v.Reason = Unknown, ReasonNoAnswer })
}

func (r *refund) alerted() bool {
	r.till.mu.Lock()
	defer r.till.mu.Unlock()
	_, there := r.till.alerts[r.entry.Sale]
	return there
}

// conclude writes settlement's answer down, and only then shows it. An error
// leaves the refund as it was.
func (r *refund) conclude(ctx context.Context, answer RefundAnswer) error {
	before := r.entry
	r.entry.Outcome, r.entry.Reference = answer.Signed.Bytes(), answer.Outcome.Number
	r.entry.Ending, r.entry.Reason = Refused, reasonOfRefund(answer.Outcome.Result)
	if answer.Outcome.Result == protocol.RefundMade {
		r.entry.Ending = Refunded
	}
	if err := r.journal(ctx, EventRefundOutcome); err != nil {
		r.entry = before
		return err
	}
	r.till.Log.InfoContext(ctx, "refund answered", "refund", r.entry.Sale, "ending", string(r.entry.Ending),
		"reason", string(r.entry.Reason), "settlement", r.entry.Reference)
	r.end(ctx)
	return nil
}

// endHere ends a refund that settlement has not heard of, and says whether it
// has ended: not if the journal promises to send it and does not take that back,
// because the next start would keep the promise.
func (r *refund) endHere(ctx context.Context, cause error) bool {
	r.entry.Ending, r.entry.Reason = Refused, reasonOf(cause)
	var refused *refusal
	if errors.As(cause, &refused) {
		r.entry.Reason = refused.reason
	}
	if ctx.Err() != nil {
		r.entry.Ending, r.entry.Reason = Cancelled, ReasonNone
	}
	r.till.Log.InfoContext(ctx, "refund ended here", "refund", r.entry.Sale, "reason", string(r.entry.Reason), "error", cause.Error())
	if err := r.journal(ctx, EventRefundEnded); err != nil {
		r.till.Log.ErrorContext(ctx, "ending of refund not journalled", "refund", r.entry.Sale, "error", err.Error())
		if r.promised {
			r.entry.Ending, r.entry.Reason = "", ReasonNone
			return false
		}
	}
	r.end(ctx)
	return true
}

func (r *refund) end(ctx context.Context) {
	shown := r.show(func(v *RefundView) {
		v.Stage, v.Ending, v.Reason, v.Settled, v.Decided = Ended, r.entry.Ending, r.entry.Reason, r.entry.Reference, r.entry.At
	})
	r.till.resolve(ctx, r.entry.Sale, r.entry.Ending, shown)
}

// resume takes up a refund that the journal left open.
func (r *refund) resume(ctx context.Context) {
	r.till.Log.InfoContext(ctx, "refund taken up again", "refund", r.entry.Sale, "event", string(r.entry.Event))
	if r.entry.Event == EventRefundAsked { // it was not sent, and whoever asked has seen nothing of it
		r.entry.Ending = Cancelled
		if err := r.journal(ctx, EventRefundEnded); err != nil {
			r.till.Log.ErrorContext(ctx, "ending of refund not journalled", "refund", r.entry.Sale, "error", err.Error())
		}
		return
	}
	signed, err := protocol.Parse[protocol.Refund](r.entry.Refund.Message)
	if err != nil { // cannot be: the journal's chain holds
		r.till.Log.ErrorContext(ctx, "refund cannot be read", "refund", r.entry.Sale, "error", err.Error())
		return
	}
	r.unknown(ctx)
	r.send(ctx, signed)
}

// journal writes the refund's entry under an event.
func (r *refund) journal(ctx context.Context, e Event) error {
	of := *r.entry.Refund // what was written stays what it was
	r.entry.Event, r.entry.At, r.entry.Refund = e, r.till.Now(), &of
	if err := r.till.Journal.Append(context.WithoutCancel(ctx), r.entry); err != nil {
		reason := ReasonJournal
		if errors.Is(err, ErrFull) {
			reason = ReasonFull
		}
		return &refusal{Refused, reason, fmt.Errorf("write refund: %w", err)}
	}
	return nil
}

// show changes the refund's view. It says whether it is on the list.
func (r *refund) show(change func(*RefundView)) bool {
	r.till.mu.Lock()
	defer r.till.mu.Unlock()
	if _, there := r.till.refunds[r.entry.Sale]; !there {
		return false // dismissed, or from before a restart: the alert tells
	}
	r.showLocked(change)
	return true
}

func (r *refund) showLocked(change func(*RefundView)) {
	of := r.entry.Refund
	v := RefundView{
		Number: r.entry.Sale, Sale: of.Sale, Reference: of.Reference, Amount: r.entry.Amount, Currency: r.entry.Currency,
		Void: of.Void, Approver: of.Approver, Rail: of.Rail,
	}
	change(&v)
	r.till.refunds[r.entry.Sale] = v
	r.till.showLocked()
}

// reasonOfRefund names settlement's result about a refund.
func reasonOfRefund(r protocol.RefundResult) Reason {
	switch r {
	case protocol.RefundMade:
		return ReasonNone
	case protocol.RefundExceeds:
		return ReasonExceeds
	case protocol.RefundConflict:
		return ReasonConflict
	case protocol.RefundDeclined:
		return ReasonDeclined
	case protocol.RefundFunds:
		return ReasonMerchantFunds
	}
	return ReasonNotPaid
}
