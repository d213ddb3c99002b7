// Package tapreader is the contactless reader as a sale sees it: it fits package
// contactless to the ports that package sale declares, and decides nothing.
//
// Guarantees:
//
//  1. Every error of the reader's is one of the sale's, with its cause.
//  2. Waiting for a phone ends when the reader or the service is lost, so that the
//     sale can say so and try again.
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
func (f Field) Wait(ctx context.Context) (sale.Card, error) {
	state := f.State()
	if state.Condition != contactless.Ready {
		return nil, fmt.Errorf("%w: %w", sale.ErrReaderLost, state.Err)
	}
	waiting, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	watching.Go(func() {
		for state.Condition == contactless.Ready {
			var err error
			if state, err = f.Changed(waiting, state); err != nil {
				return
			}
		}
		stop()
	})
	card, err := f.Reader.Wait(waiting)
	if err == nil {
		return phone{card}, nil
	}
	return nil, inSale(err)
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
