package fingerprint

import (
	"context"
	"encoding/binary"
	"fmt"

	"countersign/devices/fingerprint/wire"
)

// SetPassword gives the sensor another password, which it keeps without power and
// wants to hear before anything else from then on: for whoever sets a shop up. The
// same must then stand in [Settings.Password]. It is verified before SetPassword
// returns. A password that is lost cannot be set back over the line. Errors: as of [Open].
func (s *Sensor) SetPassword(ctx context.Context, password uint32) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	k := s.current()
	if k == nil {
		return ErrClosed
	}
	p := binary.BigEndian.AppendUint32(nil, password)
	// Once only: after an answer that got lost the next would be refused, for it
	// comes before the new password was verified.
	_, set := k.command(ctx, 1, wire.SetPassword, p...)
	if set != nil && !inaudible(ctx, set) {
		return fmt.Errorf("set the fingerprint sensor's password: %w", set)
	}
	if set != nil {
		if err := k.drain(ctx); err != nil {
			return err
		}
	}
	if _, err := k.command(ctx, tries, wire.VerifyPassword, p...); err != nil {
		return fmt.Errorf("verify the fingerprint sensor's new password: %w", err)
	}
	s.settings.Password = password
	return nil
}
