package air

import (
	"context"
	"fmt"
	"net"
	"slices"
)

// Stranger is a reader that is nobody's: it speaks to the phone as any reader in the
// street could. It is for one goroutine.
type Stranger struct {
	air   *Air
	phone *net.TCPConn
	stop  func() bool
}

// Stranger brings the next phone that enters the field before a stranger's reader, and
// returns with it.
func (a *Air) Stranger() (wait func(ctx context.Context) (*Stranger, error)) {
	next := make(chan *net.TCPConn, 1)
	a.mu.Lock()
	a.stranger = next
	a.mu.Unlock()
	return func(ctx context.Context) (*Stranger, error) {
		select {
		case phone := <-next:
			s := &Stranger{air: a, phone: phone}
			s.stop = context.AfterFunc(ctx, func() { _ = phone.Close() })
			if err := s.control(powerOn); err != nil {
				return nil, err
			}
			return s, nil
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for a phone before the stranger's reader: %w", context.Cause(ctx))
		}
	}
}

func (s *Stranger) control(what byte) error {
	if err := write(s.phone, []byte{what}); err != nil {
		return fmt.Errorf("stranger's reader: %w", err)
	}
	return nil
}

// Transmit sends a command APDU and returns the whole answer.
func (s *Stranger) Transmit(command []byte) ([]byte, error) {
	if err := write(s.phone, command); err != nil {
		return nil, fmt.Errorf("stranger's reader: %w", err)
	}
	answer, err := read(s.phone)
	if err != nil {
		return nil, fmt.Errorf("stranger's reader: %w", err)
	}
	s.air.mu.Lock()
	defer s.air.mu.Unlock()
	s.air.heard = append(s.air.heard, Exchange{slices.Clone(command), slices.Clone(answer)})
	return answer, nil
}

// Close lets the phone go.
func (s *Stranger) Close() error {
	s.stop()
	_ = s.control(powerOff) // the phone may have gone
	return s.phone.Close()
}
