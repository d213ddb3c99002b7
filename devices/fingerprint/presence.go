package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/devices/fingerprint/wire"
)

// liftedLooks is how many looks in a row must find no finger for it to count as
// lifted: one that rolls or is dry goes missing for one.
const liftedLooks = 2

// WaitLifted waits until no finger lies on the sensor, so that what comes next is a new
// placement. It returns at once when there is none. Errors: ctx's, and those of
// [Sensor.Capture] but for [ErrFinger].
func (s *Sensor) WaitLifted(ctx context.Context) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	if err := s.waitFor(ctx, false); err != nil {
		return fmt.Errorf("wait for the finger to be lifted: %w", err)
	}
	return nil
}

// waitFor looks, again and again, until a finger lies on the sensor, or none does. The
// family has no event on its line: polling is all there is.
func (s *Sensor) waitFor(ctx context.Context, finger bool) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for gone := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		there, err := s.look(ctx)
		switch {
		case finger && (there || err != nil):
			return err
		case !finger && errors.Is(err, ErrFinger):
			gone = 0 // something is there, if not clear
		case err != nil:
			return err
		case !there:
			gone++
		default:
			gone = 0
		}
		if !finger && gone >= liftedLooks {
			return nil
		}
		pause.Reset(s.settings.Poll)
	}
}

// look has the sensor take a picture into its own buffer, if a finger lies there.
func (s *Sensor) look(ctx context.Context) (there bool, err error) {
	k := s.current()
	if k == nil {
		return false, ErrClosed
	}
	_, err = k.command(ctx, tries, wire.GetImage)
	var refused *ConfirmationError
	if errors.As(err, &refused) && refused.Code == wire.NoFinger {
		return false, nil
	}
	return err == nil, err
}
