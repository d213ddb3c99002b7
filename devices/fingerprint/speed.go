package fingerprint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"countersign/devices/fingerprint/wire"
)

// speeds are those of the family (9600·N) that serial ports have, the fastest first.
var speeds = [...]int{115200, 57600, 38400, 19200, 9600}

// find opens the line at each likely speed until the sensor shakes hands.
func (s *Sensor) find(ctx context.Context) error {
	var tried []int
	last := error(ErrSilent)
	for _, baud := range append([]int{s.settings.Baud, s.settings.FastestBaud, deliveredBaud}, speeds[:]...) {
		if slices.Contains(tried, baud) {
			continue
		}
		tried = append(tried, baud)
		err := s.connect(ctx, baud)
		if err == nil {
			return nil
		}
		if !inaudible(ctx, err) {
			return err
		}
		last = err
	}
	return last
}

// inaudible reports whether err means that the sensor could not be understood, as
// at a speed that is not its own.
func inaudible(ctx context.Context, err error) bool {
	return ctx.Err() == nil && (errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled))
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
	if err := s.adopt(k, baud); err != nil {
		return err
	}
	// An adapter may hold what came before; a sensor that just got power sends a
	// byte of its own; one may be in mid-picture still: drained when it disturbs.
	if err := line.Discard(); err != nil {
		return err
	}
	if _, err := k.command(ctx, 2, wire.VerifyPassword, binary.BigEndian.AppendUint32(nil, s.settings.Password)...); err != nil {
		return err
	}
	k.patience = s.settings.Patience
	return nil
}

// adopt makes k the sensor's link, unless the sensor was closed meanwhile.
func (s *Sensor) adopt(k *link, baud int) error {
	s.mu.Lock()
	shut := s.shut
	if !shut {
		s.link, s.baud = k, baud
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

// raise sets the sensor to the fastest speed that settings, port and sensor have in
// common, and follows it there. One that cannot be understood at a speed that it
// took is set back and tried at the next slower one; one that takes none is left as
// it was.
func (s *Sensor) raise(ctx context.Context) error {
	slow := s.Baud()
	fastest := s.settings.FastestBaud
	for i, fast := range append([]int{fastest}, speeds[:]...) {
		if fast <= slow || fast%wire.BaudUnit != 0 || i > 0 && fast >= fastest {
			continue
		}
		err := s.change(ctx, slow, fast)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errKept) {
			return err
		}
	}
	return nil
}

// errKept: the sensor is at the speed that it had before.
var errKept = errors.New("sensor kept its speed")

// change takes the sensor from one speed to another and asks for its parameters there.
// errKept when it is back at the first one.
func (s *Sensor) change(ctx context.Context, from, to int) error {
	err := s.tell(ctx, tries, to)
	var refused *ConfirmationError
	if errors.As(err, &refused) {
		return errKept
	}
	if err != nil && !inaudible(ctx, err) {
		return err
	}
	if err = s.verify(ctx, to); err == nil || !inaudible(ctx, err) {
		return err
	}
	// It may well hear us there, and be what we cannot understand.
	if err := s.tell(ctx, 1, from); err != nil && !inaudible(ctx, err) && !errors.As(err, &refused) {
		return err
	}
	if err := s.connect(ctx, from); err != nil {
		return err
	}
	return errKept
}

// tell sets the sensor's speed. It answers at the old one and then changes. If the
// answer is not understood the line is drained, for closing it loses what was not sent yet.
func (s *Sensor) tell(ctx context.Context, tries, baud int) error {
	k := s.current()
	if k == nil {
		return ErrClosed
	}
	_, err := k.command(ctx, tries, wire.SetSysPara, byte(wire.ParameterBaud), byte(baud/wire.BaudUnit))
	if err != nil && inaudible(ctx, err) {
		return errors.Join(err, k.drain(ctx))
	}
	return err
}

// verify meets the sensor at a speed and has it say that this is its own.
func (s *Sensor) verify(ctx context.Context, baud int) error {
	if err := s.connect(ctx, baud); err != nil {
		return err
	}
	p, err := s.readParameters(ctx)
	if err != nil {
		return err
	}
	if p.Baud != baud {
		return fmt.Errorf("%w: it says that it works at %d baud", ErrGarbled, p.Baud)
	}
	return nil
}

// lower takes the sensor to the speed that it was delivered with, if it is faster:
// pictures arrive damaged at the one that it has.
func (s *Sensor) lower(ctx context.Context) error {
	fast := s.Baud()
	if fast <= deliveredBaud {
		return nil
	}
	err := s.change(ctx, fast, deliveredBaud)
	if errors.Is(err, errKept) {
		return nil
	}
	return err
}

// settle notes, after a whole picture that came at a lowered speed, that the sensor is
// not to be raised again.
func (s *Sensor) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings.FastestBaud = min(s.settings.FastestBaud, s.baud)
}

// fastest is the most that the sensor may be raised to, as far as is known now.
func (s *Sensor) fastest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.FastestBaud
}
