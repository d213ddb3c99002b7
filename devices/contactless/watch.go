package contactless

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ebfe/scard"
)

// plugged is the name under which readers that come and go are waited for (PC/SC part 5).
const plugged = `\\?PnP?\Notification`

// keepWatching looks for the service and its readers until the Reader is closed.
func (r *Reader) keepWatching() {
	for r.ctx.Err() == nil {
		err := r.watchOnce()
		if r.ctx.Err() != nil {
			return
		}
		r.publish(ServiceLost, nil, fmt.Errorf("watch contactless reader: %w", err))
		again := time.NewTimer(retry)
		_ = r.sleep(r.ctx, nil, again.C)
		again.Stop()
	}
}

// establish connects to the service. When that is given up, it blocks until the
// library has given up too, or the Reader is closed: not to pile up attempts.
func (r *Reader) establish() (*scard.Context, error) {
	over := make(chan struct{})
	s, err := do(r.ctx, &r.calls, callLimit, scard.EstablishContext, func(s *scard.Context, err error) {
		if err == nil {
			_ = s.Release()
		}
		close(over)
	})
	if err != nil {
		err = fmt.Errorf("connect to the service: %w", lost(err))
	}
	if isGivenUp(err) {
		r.publish(ServiceLost, nil, err)
		_ = r.sleep(r.ctx, over, nil)
	}
	return s, err
}

// lost makes an error that belongs to no kind one of a lost service.
func lost(err error) error {
	if err == nil {
		return nil
	}
	if err = kind(err); errors.Is(err, ErrServiceLost) || errors.Is(err, ErrNoReader) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrServiceLost, err)
}

// watchOnce watches with one context until an error ends it.
func (r *Reader) watchOnce() error {
	s, err := r.establish()
	if err != nil {
		return err
	}
	// To cancel a context that is released already is only an error.
	defer cancelling(r.ctx, s)()
	var states []scard.ReaderState
	for r.ctx.Err() == nil && err == nil {
		known := states
		states, err = do(r.ctx, &r.calls, turn+callLimit, func() ([]scard.ReaderState, error) {
			return r.next(s, known)
		}, func([]scard.ReaderState, error) { _ = s.Release() })
		if isGivenUp(err) {
			return lost(err)
		}
		if err == nil {
			r.see(states)
		}
	}
	// Not with the Reader's context, which may have ended.
	_, _ = do(context.Background(), &r.calls, callLimit, func() (struct{}, error) {
		return struct{}{}, s.Release()
	}, func(struct{}, error) {})
	return lost(err)
}

// cancelling ends the wait under way when the context ends. The returned function ends
// that, and waits for a Cancel under way.
func cancelling(ctx context.Context, s *scard.Context) (stop func()) {
	cancelled := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		_ = s.Cancel() // it may have ended by itself
	})
	return func() {
		if !stopped() {
			<-cancelled
		}
	}
}

// next lists readers, waits one turn for a change from what is known, and returns what is
// there then. The first time it does not wait.
func (r *Reader) next(ctx *scard.Context, known []scard.ReaderState) ([]scard.ReaderState, error) {
	wait := turn
	if known == nil {
		wait = 0
	}
	names, err := ctx.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return nil, err
	}
	states := []scard.ReaderState{{Reader: plugged, CurrentState: scard.StateFlag(len(names)) << 16}}
	for _, name := range names {
		if !strings.Contains(strings.ToLower(name), strings.ToLower(r.o.Reader)) {
			continue
		}
		state := scard.ReaderState{Reader: name, CurrentState: scard.StateUnaware}
		for _, k := range known[min(1, len(known)):] {
			if k.Reader == name {
				state.CurrentState = k.EventState &^ scard.StateChanged
			}
		}
		states = append(states, state)
	}
	err = ctx.GetStatusChange(states, wait)
	switch {
	case errors.Is(err, scard.ErrTimeout):
		for i := range states { // nothing was written
			states[i].EventState = states[i].CurrentState
		}
	case errors.Is(err, scard.ErrUnknownReader), errors.Is(err, scard.ErrReaderUnavailable):
		return states[:1], nil // it went meanwhile: the next turn finds out which
	case err != nil:
		return nil, err
	}
	return states, nil
}

// see makes known what the readers' states say.
func (r *Reader) see(states []scard.ReaderState) {
	var views []view
	for _, s := range states[1:] {
		if s.EventState&(scard.StateUnknown|scard.StateUnavailable|scard.StateIgnore) != 0 {
			continue
		}
		views = append(views, view{
			name:    s.Reader,
			present: s.EventState&scard.StatePresent != 0,
			events:  uint32(s.EventState) >> 16,
		})
	}
	if len(views) == 0 {
		err := fmt.Errorf("%w", ErrNoReader)
		if r.o.Reader != "" {
			err = fmt.Errorf("%w whose name has %q in it", ErrNoReader, r.o.Reader)
		}
		r.publish(NoReader, nil, err)
		return
	}
	r.publish(Ready, views, nil)
}
