package sale

import (
	"context"
	"errors"
	"time"

	"countersign/protocol/steps"
)

// journal writes the sale's entry under an event (guarantee 1). A journal that
// cannot be written ends the sale.
func (s *payment) journal(ctx context.Context, e Event) error {
	s.entry.Event, s.entry.At = e, s.till.Now()
	if err := s.till.Journal.Append(context.WithoutCancel(ctx), s.entry); err != nil {
		if errors.Is(err, ErrFull) {
			return &refusal{Refused, ReasonFull, err}
		}
		return &refusal{Refused, ReasonJournal, err}
	}
	return nil
}

// log writes a step to the log.
func (s *payment) log(ctx context.Context, step steps.Step, began time.Time, args ...any) {
	steps.Log(ctx, s.till.Log, step, s.till.Now().Sub(began), append([]any{"sale", s.entry.Request.String(), "number", s.entry.Sale}, args...)...)
}

// update changes the sale's view and shows it if the sale is in front.
func (s *payment) update(change func(*View)) {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	change(&s.view)
	if s.till.front == s {
		s.till.showLocked()
	}
}

// trainingJournal marks what is written as not true.
type trainingJournal struct{ Journal }

func (j trainingJournal) Append(ctx context.Context, e Entry) error {
	e.Training = true
	return j.Journal.Append(ctx, e)
}
