package logbook

import (
	"math"
	"strconv"
	"strings"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/money"
)

// filter is a question in the index's own numbers.
type filter struct {
	// none says that nothing can fit.
	none        bool
	from, to    int64 // of At
	least, most int64
	cashier     *uint16
	rail        *uint16
	endings     uint64 // bits; 0: all
	problems    bool
	words       []word
}

// word is one word of a text that is searched for: a row fits by any of these.
type word struct {
	number                      uint64 // sale or settlement's reference; 0: it is none
	card                        uint32
	amounts                     map[uint16]int64 // by currency
	cashiers, reasons           idSet
	rails, endings              idSet
	cashierBits, reasonBits     uint64
	railBits, endingBits        uint64
	leastAmount, greatestAmount int64
}

// compile turns a question into the index's numbers.
func (x *index) compile(q Query) filter {
	f := filter{from: math.MinInt64, to: math.MaxInt64, least: int64(q.Least), most: math.MaxInt64, problems: q.Problems}
	if !q.From.IsZero() {
		f.from = nanos(q.From)
	}
	if !q.To.IsZero() {
		f.to = nanos(q.To)
	}
	if q.Most != 0 {
		f.most = int64(q.Most)
	}
	if q.Cashier != "" {
		id, there := x.Cashiers.find(string(q.Cashier))
		f.cashier, f.none = &id, f.none || !there
	}
	if q.Rail != "" {
		id, there := x.Rails.find(string(q.Rail))
		f.rail, f.none = &id, f.none || !there
	}
	for _, e := range q.Endings {
		if id, there := x.Endings.find(string(e)); there || e == "" {
			f.endings |= bit(id)
		}
	}
	f.none = f.none || len(q.Endings) > 0 && f.endings == 0 || f.least > f.most || f.from >= f.to
	for text := range strings.FieldsSeq(strings.ToLower(q.Text)) {
		w := x.word(text)
		for _, r := range q.TextReasons { // they hold all of the text, so each of its words
			if id, there := x.Reasons.find(string(r)); there {
				w.reasons[id] = true
			}
		}
		w.reasonBits = w.reasons.bits()
		f.words = append(f.words, w)
	}
	return f
}

// word reads one word, in small letters.
func (x *index) word(text string) word {
	holds := func(of string) bool { return strings.Contains(strings.ToLower(of), text) }
	w := word{
		cashiers: x.Cashiers.matching(holds), reasons: x.Reasons.matching(holds),
		rails: x.Rails.matching(holds), endings: x.Endings.matching(holds),
		amounts: map[uint16]int64{}, leastAmount: math.MaxInt64, greatestAmount: -1,
	}
	w.cashierBits, w.railBits, w.endingBits = w.cashiers.bits(), w.rails.bits(), w.endings.bits()
	if n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 10, 64); err == nil {
		w.number = n
	}
	if len(text) == 4 && strings.Trim(text, "0123456789") == "" {
		w.card = digits(text)
	}
	for _, currency := range x.Currencies {
		if a, ok := amountOf(text, currency); ok {
			w.amounts[currency] = a
			w.leastAmount, w.greatestAmount = min(w.leastAmount, a), max(w.greatestAmount, a)
		}
	}
	return w
}

// amountOf reads an amount as it was written on a screen in any language: with a sign
// before or behind it, with a comma for the point, with or without marks between
// thousands.
func amountOf(text string, currency uint16) (int64, bool) {
	c := money.Currency(currency)
	text = strings.Trim(text, "\u00a0\u202f"+strings.ToLower(c.Symbol())+strings.ToLower(c.String())+"¥€$£")
	if last := strings.LastIndexAny(text, ".,"); last >= 0 && len(text)-last-1 != 3 || last >= 0 && c.Digits() == 3 {
		text = bare(text[:last]) + "." + text[last+1:]
	} else {
		text = bare(text)
	}
	a, err := money.Parse(text, c)
	return a.Minor, err == nil
}

// bare takes marks between thousands away.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(".,'’\u00a0\u202f", r) {
			return -1
		}
		return r
	}, text)
}

// verdict is what a summary says about a block.
type verdict int

const (
	nothing verdict = iota // fits
	all                    // rows fit
	some                   // may
)

// judge says what a summary says.
func (f *filter) judge(s summary) verdict {
	v := all
	within := func(least, most, from, to int64) bool { // says whether any may; all changes to some
		if most < from || least > to {
			return false
		}
		if least < from || most > to {
			v = some
		}
		return true
	}
	among := func(have, want uint64) bool {
		if have&want == 0 {
			return false
		}
		if have&^want != 0 {
			v = some
		}
		return true
	}
	switch {
	case s.Used == 0, f.none,
		!within(s.MinAt, s.MaxAt, f.from, f.to-1),
		!within(s.MinAmount, s.MaxAmount, f.least, f.most),
		f.endings != 0 && !among(s.Endings, f.endings),
		f.rail != nil && !among(s.Rails, bit(*f.rail)),
		f.cashier != nil && !among(s.Cashiers, bit(*f.cashier)),
		f.problems && s.problems() == 0:
		return nothing
	}
	if f.cashier != nil || f.problems && s.problems() < s.Used { // cashiers share bits
		v = some
	}
	for n := range f.words {
		if !f.words[n].may(s) {
			return nothing
		}
		v = some
	}
	return v
}

// problems is how many rows have one.
func (s summary) problems() (n uint32) {
	for state := stateUnknown; state <= stateUncredited; state++ {
		n += s.States[state]
	}
	return n
}

// may says whether any row of a block may fit.
func (w *word) may(s summary) bool {
	return w.number != 0 || w.card != 0 || // which summaries do not tell
		w.greatestAmount >= s.MinAmount && w.leastAmount <= s.MaxAmount ||
		w.cashierBits&s.Cashiers != 0 || w.reasonBits&s.Reasons != 0 || w.railBits&s.Rails != 0 || w.endingBits&s.Endings != 0
}

// rowOf makes a row of a place.
func (b *Book) rowOf(x *index, in uint64, rows block, n int) Row {
	at := b.options.Location
	return Row{
		Sale: numberAt(in, n), At: timeOf(rows.i64(colAt, n), at), Ended: timeOf(rows.i64(colEnded, n), at),
		Amount: protocol.Amount(rows.i64(colAmount, n)), Currency: protocol.Currency(rows.u16(colCurrency, n)),
		Rail: sale.Rail(x.Rails.word(uint16(rows.u8(colRail, n)))), Ending: sale.Ending(x.Endings.word(uint16(rows.u8(colEnding, n)))),
		Reason: sale.Reason(x.Reasons.word(rows.u16(colReason, n))), State: stateOf(rows.u8(colState, n)),
		Cashier: protocol.ID(x.Cashiers.word(rows.u16(colCashier, n))), Shift: uint64(rows.u32(colShift, n)),
		Refund: rows.u8(colFlags, n)&flagRefund != 0, Of: rows.u64(colOf, n), Card: textOf(rows.u32(colCard, n)),
		Tip: protocol.Amount(rows.i64(colTip, n)), Reference: rows.u64(colReference, n),
	}
}
