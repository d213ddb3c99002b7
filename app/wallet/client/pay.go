package client

import (
	"context"
	"errors"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol/steps"
)

// sensorTrouble says that the phone's own sensor did not give a finger. Nothing
// was signed.
type sensorTrouble struct {
	reason Reason
	cause  error
}

func (e *sensorTrouble) Error() string { return e.cause.Error() }
func (e *sensorTrouble) Unwrap() error { return e.cause }

// pay is step 6 and, with the phone's own sensor, step 11. As soon as the
// trusted side has made the code the payment is pending and minded, whatever the
// owner does.
func (f *flow) pay(ctx context.Context, offer trusted.Offer, account int) (*minded, error) {
	finger := f.phone.Trusted.HasSensor()
	f.update(func(v *View) {
		finger = finger && !v.ShopSensor && !offer.WantsPIN
		v.Notice, v.TriesLeft = ReasonNone, 0
	})
	for try := 1; ; try++ {
		m, err := f.sign(ctx, offer, account, finger)
		switch {
		case err == nil:
			return m, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !finger:
			return nil, err
		case errors.Is(err, ErrFingerPoor) && try < f.phone.PoorFingers:
			f.phone.Log.InfoContext(ctx, "finger too poor", "sale", offer.Request.String(), "try", try)
			f.update(func(v *View) { v.TriesLeft = f.phone.PoorFingers - try; v.notice(ReasonFingerPoor) })
		case errors.Is(err, ErrFingerPoor):
			return nil, &sensorTrouble{ReasonFingerTries, err}
		case errors.Is(err, ErrSensorLost):
			return nil, &sensorTrouble{ReasonSensorLost, err}
		case errors.Is(err, context.DeadlineExceeded):
			return nil, &sensorTrouble{ReasonFingerNone, err}
		default:
			return nil, err
		}
	}
}

// sign makes one attempt.
func (f *flow) sign(ctx context.Context, offer trusted.Offer, account int, finger bool) (*minded, error) {
	p, began, stage := f.phone, f.phone.Now(), Signing
	attempt := ctx
	if finger {
		stage = Finger
		var stop context.CancelFunc
		attempt, stop = context.WithTimeout(ctx, min(p.FingerWait, offer.Until.Sub(began)))
		defer stop()
	}
	f.update(func(v *View) { v.Stage, v.Finger = stage, trusted.Progress{} })
	signing := began
	code, err := p.Trusted.Pay(attempt, offer.Request, account, finger, func(now trusted.Progress) {
		if now.Taken {
			signing = p.Now()
			steps.Log(ctx, p.Log, steps.FingerTaken, signing.Sub(began), "sale", offer.Request.String())
		}
		f.update(func(v *View) {
			v.Finger = now
			if now.Taken {
				v.Stage = Signing
			}
		})
	})
	if err != nil {
		return nil, err
	}
	steps.Log(ctx, p.Log, steps.PaymentSealed, p.Now().Sub(signing), "sale", offer.Request.String(), "finger", finger)
	m := &minded{
		payment: Payment{offer.Request, offer.Shop, offer.Amount, offer.Currency, began},
		code:    code, made: p.Now(), until: offer.Until,
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = account
	p.mindLocked(m, p.AskAfter)
	p.showLocked()
	return m, nil
}

// sleep waits, or returns false as soon as the context ends.
func sleep(ctx context.Context, wait time.Duration, woken <-chan struct{}) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-woken:
		return true
	case <-ctx.Done():
		return false
	}
}
