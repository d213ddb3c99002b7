package settlementclient

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"countersign/protocol"
)

// TotalsPage is one page of what settlement booked for this terminal, verified.
type TotalsPage struct {
	Totals protocol.DayTotals
	// Signed is the message itself, to be kept as evidence.
	Signed *protocol.Signed[protocol.DayTotals]
}

// Totals fetches one page. Nothing moves, so it may be repeated at will. Errors:
// ErrUnreachable, ErrUnknown, and ErrRefused with a *problem.Problem.
func (c *Client) Totals(ctx context.Context, q *protocol.Signed[protocol.TotalsQuery]) (TotalsPage, error) {
	raw, err := c.inquire(ctx, messageTotals, protocol.PathTotals, q.Bytes())
	if err != nil {
		return TotalsPage{}, fmt.Errorf("totals: %w", ofInquiry(err))
	}
	totals, signed, err := believe(ctx, c, raw, func(d protocol.DayTotals) [8]byte { return d.Signer },
		func(signed *protocol.Signed[protocol.DayTotals], settlement *protocol.Signed[protocol.Certificate]) (protocol.DayTotals, error) {
			return protocol.VerifyDayTotals(signed, settlement, c.self(), q.Unverified(), c.o.Trust(), c.o.Clock())
		})
	if err != nil {
		return TotalsPage{}, fmt.Errorf("totals: %w", ofInquiry(err))
	}
	return TotalsPage{Totals: totals, Signed: signed}, nil
}

// SignTotalsQuery signs a query with the terminal's key.
type SignTotalsQuery func(protocol.TotalsQuery) (*protocol.Signed[protocol.TotalsQuery], error)

// TotalsPages fetches all pages of a period, in order, and checks that they fit
// together: one period, one set of sums, a cursor that rises, and at the end
// lines that add up to what is signed. An error ends the sequence; a page that
// came before it is signed, but only the whole, ended without one, is complete.
// Errors: those of Totals and of sign; ErrTotalsGrew while the period goes on
// (see protocol.DayTotals.Closed); ErrTotalsUnfit.
func (c *Client) TotalsPages(ctx context.Context, from, to protocol.Time, sign SignTotalsQuery) iter.Seq2[TotalsPage, error] {
	return func(yield func(TotalsPage, error) bool) {
		var whole fitting
		query := protocol.TotalsQuery{From: from, To: to}
		for {
			query.Sent = protocol.At(c.o.Clock())
			signed, err := sign(query)
			if err != nil {
				yield(TotalsPage{}, fmt.Errorf("sign totals query: %w", err))
				return
			}
			if asked := signed.Unverified(); asked != query {
				yield(TotalsPage{}, errors.New("sign totals query: another query was signed"))
				return
			}
			page, err := c.Totals(ctx, signed)
			if err == nil {
				err = whole.add(page.Totals)
			}
			if err != nil {
				yield(TotalsPage{}, err)
				return
			}
			if !yield(page, nil) || !page.Totals.More {
				return
			}
			query.After = page.Totals.Next()
		}
	}
}

// Totals are all pages of a period.
type Totals struct {
	// Lines are those of all pages, Sums what they were checked to come to.
	Lines []protocol.TotalsLine
	Sums  []protocol.TotalsSum
	// Closed says that the period was over when settlement answered last: it
	// will never be more.
	Closed bool
	// Pages are the signed messages, to be kept as evidence.
	Pages []*protocol.Signed[protocol.DayTotals]
}

// AllTotals collects TotalsPages, in memory: some 200 bytes a sale.
func (c *Client) AllTotals(ctx context.Context, from, to protocol.Time, sign SignTotalsQuery) (Totals, error) {
	var all Totals
	for page, err := range c.TotalsPages(ctx, from, to, sign) {
		if err != nil {
			return Totals{}, err
		}
		all.Lines, all.Pages = append(all.Lines, page.Totals.Lines...), append(all.Pages, page.Signed)
		all.Sums, all.Closed = page.Totals.Sums, page.Totals.Closed()
	}
	return all, nil
}

// fitting is what has been seen of a period.
type fitting struct {
	begun, closed bool
	signed        []protocol.TotalsSum // as the first page says
	left          uint64               // lines that may still come
	seen          map[protocol.Currency]protocol.TotalsSum
}

// add takes the next page, or says why it does not fit. Terminal, period and
// cursor were compared with the query, and lines with the cursor, before.
func (f *fitting) add(d protocol.DayTotals) error {
	if !f.begun {
		*f = fitting{begun: true, signed: d.Sums, seen: map[protocol.Currency]protocol.TotalsSum{}}
		for _, s := range d.Sums {
			f.left += s.PaidCount + s.ReversedCount + s.RefundedCount
		}
	}
	if !slices.Equal(d.Sums, f.signed) {
		if !f.closed {
			return fmt.Errorf("totals: %w", ErrTotalsGrew)
		}
		return fmt.Errorf("totals: %w: sums of a period that was over have changed", ErrTotalsUnfit)
	}
	f.closed = f.closed || d.Closed()
	if uint64(len(d.Lines)) > f.left { // or pages might never end
		return fmt.Errorf("totals: %w: more lines than the sums count", ErrTotalsUnfit)
	}
	f.left -= uint64(len(d.Lines))
	for _, l := range d.Lines {
		s := f.seen[l.Currency]
		s.Currency = l.Currency
		f.seen[l.Currency] = s.Add(l)
	}
	if d.More {
		return nil
	}
	return f.end()
}

// end compares the lines with the signed sums.
func (f *fitting) end() error {
	var wrong []string
	for _, s := range f.signed {
		if seen := f.seen[s.Currency]; seen != s {
			wrong = append(wrong, fmt.Sprintf("currency %d: signed %+v, lines come to %+v", s.Currency, s, seen))
		}
		delete(f.seen, s.Currency)
	}
	for currency := range f.seen {
		wrong = append(wrong, fmt.Sprintf("currency %d has lines and no sum", currency))
	}
	if wrong != nil {
		return fmt.Errorf("totals: %w: %s", ErrTotalsUnfit, strings.Join(wrong, "; "))
	}
	return nil
}
