package fingerprint

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"countersign/devices/fingerprint/wire"
)

// find opens the line at each likely speed until the sensor shakes hands.
func (s *Sensor) find(ctx context.Context) error {
	var tried []int
	last := error(ErrSilent)
	for _, baud := range []int{s.settings.Baud, s.settings.FastestBaud, deliveredBaud, familyFastest, 38400, 19200, 9600} {
		if slices.Contains(tried, baud) {
			continue
		}
		tried = append(tried, baud)
		err := s.connect(ctx, baud)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !errors.Is(err, ErrSilent) && !errors.Is(err, ErrGarbled) {
			return err
		}
		last = err
	}
	return last
}

// connect opens the line at one speed, in the place of the one before, and
// verifies the password there.
func (s *Sensor) connect(ctx context.Context, baud int) error {
	if err := s.disconnect(); err != nil {
		return err
	}
	line, err := s.settings.Dial(ctx, s.settings.Port, baud)
	if err != nil {
		return err
	}
	k := &link{line: line, address: s.settings.Address, patience: handshakeWait}
	if err := s.adopt(k); err != nil {
		return err
	}
	// An adapter may hold what came before; a sensor that just got power sends a
	// byte of its own; one may be in mid-picture still: drained when it disturbs.
	if err := line.Discard(); err != nil {
		return err
	}
	password := binary.BigEndian.AppendUint32(nil, s.settings.Password)
	if _, err := k.command(ctx, 2, wire.VerifyPassword, password...); err != nil {
		return err
	}
	k.patience = s.settings.Patience
	return nil
}

// adopt makes k the sensor's link, unless the sensor was closed meanwhile.
func (s *Sensor) adopt(k *link) error {
	s.mu.Lock()
	shut := s.shut
	if !shut {
		s.link = k
	}
	s.mu.Unlock()
	if shut {
		return errors.Join(ErrClosed, k.close())
	}
	return nil
}

// disconnect lets go of the line, if there is one.
func (s *Sensor) disconnect() error {
	s.mu.Lock()
	k := s.link
	s.link = nil
	s.mu.Unlock()
	if k == nil {
		return nil
	}
	return k.close()
}

// raise sets the sensor to the fastest speed allowed and follows it there. A
// sensor that will not, or cannot be heard there, is left at the speed it had.
func (s *Sensor) raise(ctx context.Context) error {
	slow, fast := s.parameters.Baud, s.settings.FastestBaud
	if slow >= fast || fast%wire.BaudUnit != 0 {
		return nil
	}
	_, err := s.link.command(ctx, tries, wire.SetSysPara, byte(wire.ParameterBaud), byte(fast/wire.BaudUnit))
	var refused *ConfirmationError
	if errors.As(err, &refused) {
		return nil
	}
	if err != nil && !errors.Is(err, ErrSilent) && !errors.Is(err, ErrGarbled) {
		return err
	}
	for _, baud := range []int{fast, slow} {
		if err = s.connect(ctx, baud); err == nil {
			s.parameters.Baud = baud
			return nil
		}
		if ctx.Err() != nil || !errors.Is(err, ErrSilent) && !errors.Is(err, ErrGarbled) {
			return err
		}
	}
	return err
}
