package sale

import (
	"context"
	"errors"
	"time"

	"countersign/protocol"
	"countersign/protocol/steps"
)

// takeFinger is step 11 for a phone without a sensor of its own: captured here,
// turned into a template and at once sealed to settlement, bound to this
// attempt. The template is wiped.
func (s *payment) takeFinger(ctx context.Context, server *protocol.Signed[protocol.Certificate], submission *protocol.Submission) error {
	s.entry.Attempt = submission.Attempt
	if err := s.journal(ctx, EventFinger); err != nil {
		return err
	}
	until := s.till.Now().Add(s.till.FingerWait)
	ctx, stop := context.WithTimeout(ctx, s.till.FingerWait)
	defer stop()
	s.update(func(v *View) {
		v.Stage, v.Until, v.Finger, v.Advice = Finger, until, FingerProgress{Lift: submission.Attempt > 1}, ""
		v.ByPIN = s.offersPIN()
		v.Attempt, v.AttemptsLeft = int(submission.Attempt), protocol.MaxAttempts-int(submission.Attempt)
	})
	print, err := s.readFinger(ctx)
	if err != nil {
		return err
	}
	defer clear(print.Template)
	began := s.till.Now()
	live, err := protocol.SealLivePrint(*server.Unverified().Device.Agreement, s.entry.Request, s.entry.Payment,
		s.till.Identity.Certificate().Unverified().Subject, submission.Attempt, print.Template)
	if err != nil {
		return err
	}
	captured := protocol.At(print.Captured)
	submission.Print, submission.Sensor, submission.Captured = live, &print.Sensor, &captured
	s.log(ctx, steps.FingerTaken, began, "attempt", submission.Attempt)
	return nil
}

// readFinger captures until a print is good enough, a few times. A sensor that
// was pulled out may be plugged in again while the time lasts. What was placed once is
// to be placed anew.
func (s *payment) readFinger(ctx context.Context) (Print, error) {
	again := s.entry.Attempt > 1
	for poor := 0; ; {
		print, err := s.place(ctx, again)
		switch {
		case errors.Is(err, ErrFingerPoor):
			again = true
			if poor++; poor >= s.till.PoorFingers {
				return Print{}, err
			}
			s.advise(ReasonFingerPoor, err)
		case errors.Is(err, ErrSensorLost):
			s.advise(ReasonSensorLost, err)
			if sleep(ctx, sensorAgain) != nil {
				return Print{}, err
			}
		default:
			return print, err
		}
		s.update(func(v *View) { v.Finger = FingerProgress{Lift: again} })
	}
}

// place reads a finger, again only once it was lifted.
func (s *payment) place(ctx context.Context, again bool) (Print, error) {
	if again { // as the screen says
		if err := s.till.Fingers.Lifted(ctx); err != nil {
			return Print{}, err
		}
		s.update(func(v *View) { v.Finger = FingerProgress{} })
	}
	return s.till.Fingers.Read(ctx, func(p FingerProgress) {
		s.update(func(v *View) { v.Finger = p })
	})
}

// advise says what was wrong with the finger or the sensor, and what can be done.
func (s *payment) advise(why Reason, err error) {
	var advised *AdvisedError
	advice := ""
	if errors.As(err, &advised) {
		advice = advised.Advice
	}
	s.update(func(v *View) { v.Notice, v.Advice = why, advice; v.Notices++ })
}

// sensorAgain is the pause before a lost sensor is looked for again.
const sensorAgain = 500 * time.Millisecond
