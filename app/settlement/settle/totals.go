package settle

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// bookedWithin bounds the time from a decision, which its entry bears, to the
// entry: the work on one message is bounded by seconds, and a commit that is
// repeated by some more.
const bookedWithin = time.Minute

// asOf is what totals of a period may say of when they were made. Until
// bookedWithin after its end an entry may still come that belongs to it, so that
// until then they are as of a moment before its end: not closed.
func asOf(now time.Time, to protocol.Time) protocol.Time {
	if now.Before(to.Time().Add(bookedWithin)) {
		return min(protocol.At(now), to-1)
	}
	return protocol.At(now)
}

// Totals returns a signed page of what was booked for a terminal in a period:
// line by line, so that the terminal compares it with its journal sale by sale.
func (s *Settler) Totals(ctx context.Context, p Peer, m *protocol.Signed[protocol.TotalsQuery]) ([]byte, error) {
	query, _, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	totals := protocol.DayTotals{Terminal: p.Subject, From: query.From, To: query.To, After: query.After, Decided: asOf(s.Clock(), query.To)}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		var entries []ledger.Entry
		err := r.EachEntryOf(p.Subject, query.From, query.To, func(e ledger.Entry) error {
			entries = append(entries, e)
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(entries, func(a, b ledger.Entry) int { return cmp.Compare(a.Sequence, b.Sequence) })
		all := make([]protocol.TotalsLine, len(entries))
		for i, e := range entries {
			all[i] = protocol.TotalsLine{Sequence: e.Sequence, Kind: totalsKind(e.Kind), Amount: e.Amount, Currency: e.Currency, Decided: e.At}
		}
		totals.Sums = protocol.SumTotals(all)
		first, _ := slices.BinarySearchFunc(all, query.After+1, func(l protocol.TotalsLine, n uint64) int { return cmp.Compare(l.Sequence, n) })
		end := min(first+protocol.MaxTotalsLines, len(all))
		totals.Lines, totals.More = all[first:end], end < len(all)
		for i, e := range entries[first:end] {
			if totals.Lines[i].Reference, totals.Lines[i].Request, err = soldBy(r, e); err != nil {
				return fmt.Errorf("entry %d: %w", e.Sequence, err)
			}
			if e.Refund != nil {
				totals.Lines[i].Refund = &e.Refund.Key
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	identity := s.Identity()
	totals.Signer = protocol.SignerOf(identity.Certificate)
	signed, err := protocol.Sign(identity.Signer, totals)
	if err != nil {
		return nil, notReady("the totals could not be signed: " + err.Error())
	}
	s.Log.InfoContext(ctx, "totals", "terminal", string(p.Subject), "lines", len(totals.Lines), "more", totals.More)
	return signed.Bytes(), nil
}

// totalsKind is how an entry appears in totals: a tap that was cleared is a
// payment like any other.
func totalsKind(k ledger.EntryKind) protocol.TotalsKind {
	switch k {
	case ledger.EntryTap:
		return protocol.TotalsPayment
	case ledger.EntryTapRefund:
		return protocol.TotalsRefund
	}
	return protocol.TotalsKind(k)
}

// soldBy returns the number of an entry's sale and its request, which for a tap is
// H(PAY).
func soldBy(r ledger.Reader, e ledger.Entry) (uint64, protocol.Hash, error) {
	if e.Kind == ledger.EntryTap || e.Kind == ledger.EntryTapRefund {
		tap, err := r.Tap(ledger.TapOf(*e.Sale))
		return tap.Reference, tap.Pay, err
	}
	sale, err := r.Sale(*e.Sale)
	return sale.Reference, sale.Request, err
}
