package takings

import (
	"cmp"
	"slices"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Line is what one terminal took by one rail in one slot of time.
type Line struct {
	From     time.Time
	Terminal protocol.ID
	Rail     Rail
	Sums
}

// Between returns a merchant's lines in [from, to), each slot as slot cuts a quarter
// of an hour's beginning: to the hour, to the day. By time, terminal and rail. from
// and to are to be on quarters of an hour.
func (b *Book) Between(account ledger.AccountID, from, to time.Time, slot func(time.Time) time.Time) []Line {
	location := from.Location()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	m := b.sums[account]
	if m == nil {
		return nil
	}
	slots := map[int64][]Sums{} // by its beginning, then by taker
	for begins, cells := range m.quarters {
		if begins < from.Unix() || begins >= to.Unix() {
			continue
		}
		at := slot(time.Unix(begins, 0).In(location)).Unix()
		if slots[at] == nil {
			slots[at] = make([]Sums, len(m.takers))
		}
		sums := slots[at]
		for _, c := range cells {
			sums[c.taker] = sums[c.taker].Plus(c.Sums)
		}
	}
	var lines []Line
	for at, sums := range slots {
		for n, s := range sums {
			if !s.Zero() {
				lines = append(lines, Line{From: time.Unix(at, 0).In(location), Terminal: m.takers[n].terminal, Rail: m.takers[n].rail, Sums: s})
			}
		}
	}
	slices.SortFunc(lines, func(x, y Line) int {
		return cmp.Or(x.From.Compare(y.From), cmp.Compare(x.Terminal, y.Terminal), cmp.Compare(x.Rail, y.Rail))
	})
	return lines
}

// Sale is a paid sale that its terminal has not acknowledged: it may not know that
// the customer paid.
type Sale struct {
	Key       ledger.SaleKey
	At        protocol.Time
	Amount    protocol.Amount
	Reference uint64
}

// Unacknowledged returns a merchant's sales that were paid before a time and are not
// acknowledged in the snapshot, oldest first, at most limit; more says that there are
// others.
func (b *Book) Unacknowledged(r ledger.Reader, account ledger.AccountID, before protocol.Time, limit int) (list []Sale, more bool, err error) {
	b.mutex.Lock()
	var keys []ledger.SaleKey
	times := map[ledger.SaleKey]protocol.Time{}
	for k, p := range b.open {
		if p.merchant == account && p.at < before {
			keys, times[k] = append(keys, k), p.at
		}
	}
	b.mutex.Unlock()
	slices.SortFunc(keys, func(x, y ledger.SaleKey) int {
		return cmp.Or(cmp.Compare(times[x], times[y]), cmp.Compare(x.Terminal, y.Terminal), slices.Compare(x.Scramble[:], y.Scramble[:]))
	})
	for _, k := range keys {
		if len(list) == limit {
			return list, true, nil
		}
		sale, open, err := b.look(r, k)
		if err != nil {
			return nil, false, err
		}
		if open {
			list = append(list, Sale{Key: k, At: times[k], Amount: sale.Amount, Reference: sale.Reference})
		}
	}
	return list, false, nil
}
