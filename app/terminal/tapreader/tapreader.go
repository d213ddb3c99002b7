// Package tapreader is the contactless reader as a sale sees it: it fits package
// contactless to the ports that package sale declares, and decides nothing.
//
// Guarantees:
//
//  1. Every error of the reader's is one of the sale's, with its cause.
//  2. Waiting for a phone, or for one to leave, ends when the reader or the service is
//     lost, so that the sale can say so and try again.
package tapreader

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"countersign/app/terminal/sale"
	"countersign/devices/contactless"
	"countersign/protocol/iso7816"
)

// Field implements sale.CardReader. It is safe for concurrent use.
type Field struct{ *contactless.Reader }

// Wait waits for a phone as long as there is a reader.
func (f Field) Wait(ctx context.Context) (found sale.Card, err error) {
	err = f.whileReady(ctx, func(ctx context.Context) error {
		card, err := f.Reader.Wait(ctx)
		if err == nil {
			found = phone{card}
		}
		return err
	})
	return found, err
}

// Removed waits until the last phone has left the field, as long as there is a reader.
func (f Field) Removed(ctx context.Context) error {
	return f.whileReady(ctx, f.Reader.Removed)
}

// whileReady waits for something at the reader until that is lost.
func (f Field) whileReady(ctx context.Context, wait func(context.Context) error) error {
	state := f.State()
	if state.Condition != contactless.Ready {
		return fmt.Errorf("%w: %w", sale.ErrReaderLost, state.Err)
	}
	waiting, stop := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop(nil)
	watching.Go(func() {
		for state.Condition == contactless.Ready {
			var err error
			if state, err = f.Changed(waiting, state); err != nil {
				return
			}
		}
		stop(fmt.Errorf("%w: %w", sale.ErrReaderLost, state.Err))
	})
	err := wait(waiting)
	if err != nil && errors.Is(context.Cause(waiting), sale.ErrReaderLost) {
		return context.Cause(waiting)
	}
	return inSale(err)
}

// phone is a phone in the field.
type phone struct{ *contactless.Card }

// Exchange implements sale.Card.
func (p phone) Exchange(ctx context.Context, c iso7816.Command) (iso7816.Response, error) {
	r, err := p.Card.Exchange(ctx, c)
	return r, inSale(err)
}

// inSale says in a sale's words what the reader's errors mean.
func inSale(err error) error {
	for _, known := range []struct{ from, to error }{
		{contactless.ErrTwoCards, sale.ErrTwoCards},
		{contactless.ErrUnreadable, sale.ErrUnreadable},
		{contactless.ErrTimeout, sale.ErrCardSlow},
		{contactless.ErrCardLost, sale.ErrCardLost},
		{contactless.ErrNoReader, sale.ErrReaderLost},
		{contactless.ErrServiceLost, sale.ErrReaderLost},
		{contactless.ErrBusy, sale.ErrReaderLost},
		{contactless.ErrClosed, sale.ErrReaderLost},
	} {
		if errors.Is(err, known.from) {
			return fmt.Errorf("%w: %w", known.to, err)
		}
	}
	return err
}
