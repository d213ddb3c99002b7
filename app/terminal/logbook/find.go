package logbook

import (
	"context"
	"encoding/binary"
	"slices"

	"countersign/app/terminal/logbook/store"
	"countersign/protocol"
)

// pageRows is how many rows a page has where nobody says.
const pageRows = 50

// Find answers a question about sales and refunds. The rows are newest first.
func (b *Book) Find(ctx context.Context, q Query) (p Page, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = pageRows
	}
	err = b.view(ctx, func(x *index, v store.View) error {
		p = Page{Sums: map[protocol.Currency]protocol.Sum{}}
		f := x.compile(q)
		var chosen selection
		for _, in := range slices.Backward(x.blocks) {
			if err := ctx.Err(); err != nil {
				return err
			}
			fits := some
			s, known := x.known(in)
			if known {
				fits = f.judge(s)
			}
			if fits == nothing {
				continue
			}
			full := len(p.Rows) > limit || q.Before != 0 && numberAt(in, 0) >= q.Before // no row of it is shown
			if fits == all && full && s.Currency != 0 {
				p.count(int(s.Used), s.Currency, s.Sum)
				continue
			}
			rows, err := x.rowsOf(v, in)
			if err != nil {
				return err
			}
			chosen.choose(&f, in, rows)
			for _, n := range slices.Backward(chosen.rows) {
				p.count(1, rows.u16(colCurrency, int(n)), x.worth(rows, int(n)))
				if len(p.Rows) <= limit && (q.Before == 0 || numberAt(in, int(n)) < q.Before) {
					p.Rows = append(p.Rows, b.rowOf(x, in, rows, int(n)))
				}
			}
		}
		return nil
	})
	if len(p.Rows) > limit {
		p.Rows, p.More = p.Rows[:limit], true
	}
	p.Sum = p.Sums[p.Currency]
	return p, err
}

// count adds to what the whole answer comes to.
func (p *Page) count(rows int, currency uint16, sum int64) {
	c := protocol.Currency(currency)
	if p.Count == 0 {
		p.Currency = c
	}
	p.Count += rows
	p.Sums[c] += protocol.Sum(sum)
}

// selection is which rows of a block fit.
type selection struct {
	rows  []uint16
	space [blockRows]uint16
}

// keep keeps the rows that fit.
func (s *selection) keep(fits func(n int) bool) {
	kept := s.rows[:0]
	for _, n := range s.rows {
		if fits(int(n)) {
			kept = append(kept, n)
		}
	}
	s.rows = kept
}

// choose looks for the rows of a block that fit, a column at a time.
func (s *selection) choose(f *filter, in uint64, b block) {
	s.rows = s.space[:0]
	if f.none {
		return
	}
	for n := range blockRows {
		if b[int(colFlags)+n]&flagUsed != 0 {
			s.rows = append(s.rows, uint16(n))
		}
	}
	if f.problems {
		s.keep(func(n int) bool { return b.u8(colState, n) >= stateUnknown })
	}
	if f.rail != nil {
		s.keep(func(n int) bool { return uint16(b.u8(colRail, n)) == *f.rail })
	}
	if f.endings != 0 {
		s.keep(func(n int) bool { return bit(uint16(b.u8(colEnding, n)))&f.endings != 0 })
	}
	if f.cashier != nil {
		s.keep(func(n int) bool { return b.u16(colCashier, n) == *f.cashier })
	}
	s.keep(func(n int) bool { at := b.i64(colAt, n); return at >= f.from && at < f.to })
	s.keep(func(n int) bool { a := b.i64(colAmount, n); return a >= f.least && a <= f.most })
	for n := range f.words {
		s.keepWord(&f.words[n], in, b)
	}
}

func (s *selection) keepWord(w *word, in uint64, b block) {
	row := -1 // of the sale whose number it is
	if w.number != 0 {
		if of, n := place(w.number); of == in {
			row = n
		}
	}
	cashiers, reasons, rails, endings := w.cashiers.any(), w.reasons.any(), w.rails.any(), w.endings.any()
	s.keep(func(n int) bool {
		return n == row || w.number != 0 && b.u64(colReference, n) == w.number ||
			len(w.amounts) > 0 && w.amount(b, n) || w.card != 0 && b.u32(colCard, n) == w.card ||
			cashiers && w.cashiers.has(b.u16(colCashier, n)) || reasons && w.reasons.has(b.u16(colReason, n)) ||
			rails && w.rails.has(uint16(b.u8(colRail, n))) || endings && w.endings.has(uint16(b.u8(colEnding, n)))
	})
}

// amount says whether a row has the amount that was typed.
func (w *word) amount(b block, n int) bool {
	a := b.i64(colAmount, n)
	if a < w.leastAmount || a > w.greatestAmount {
		return false
	}
	typed, there := w.amounts[b.u16(colCurrency, n)]
	return there && typed == a
}

// Problems counts the sales and refunds that a manager should look at, of all times.
func (b *Book) Problems(ctx context.Context) (p Problems, err error) {
	err = b.view(ctx, func(x *index, v store.View) error {
		p = Problems{}
		for _, in := range x.blocks {
			s, known := x.known(in)
			if !known {
				rows, err := x.rowsOf(v, in)
				if err != nil {
					return err
				}
				s = x.summarise(rows)
			}
			p.Unknown += int(s.States[stateUnknown])
			p.Reversals += int(s.States[stateReversal])
			p.Uncleared += int(s.States[stateUncleared])
			p.Uncredited += int(s.States[stateUncredited])
		}
		return ctx.Err()
	})
	return p, err
}

// recordsOf follows a sale's records backwards and returns them in order.
func (x *index) recordsOf(v store.View, rows block, n int) ([]uint64, error) {
	var list []uint64
	for record := rows.u64(colLast, n); record != 0; {
		list = append(list, record)
		l, err := x.look(v, x.links, tableLinks, record/blockLinks, linksSize)
		if err != nil {
			return nil, err
		}
		back := uint64(0)
		if l != nil {
			back = uint64(binary.LittleEndian.Uint32(l[4*(record%blockLinks):]))
		}
		if back == 0 || back > record {
			break
		}
		record -= back
	}
	slices.Reverse(list)
	return list, nil
}
