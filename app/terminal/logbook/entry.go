package logbook

import (
	"encoding/binary"
	"math"
	"slices"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// Blocks of links and events.
const (
	blockLinks = 16384 // records; 4 bytes each
	linksSize  = 4 * blockLinks

	blockEvents = 4096
	evRecord    = 0 // 8 bytes
	evAt        = evRecord + 8*blockEvents
	evAbout     = evAt + 8*blockEvents // number of the sale that it is about
	evKind      = evAbout + 8*blockEvents
	evCashier   = evKind + 2*blockEvents // on duty, or who did it
	evMember    = evCashier + 2*blockEvents
	eventsSize  = evMember + 2*blockEvents
)

// apply changes the index by the journal's next record. The index is to be made again
// after an error.
func (x *index) apply(record uint64, e sale.Entry) error {
	x.Applied = record
	x.fresh++
	if e.Training { // nothing of it is true
		return nil
	}
	if e.Sale == 0 {
		if err := x.applyEvent(record, e); err != nil {
			return err
		}
		if e.Staff != nil && e.Staff.Kind == staff.ShiftClosed {
			if err := x.endEarly(0); err != nil {
				return err
			}
		}
		return x.link(record, about(e))
	}
	if e.Event == sale.EventKeyed || e.Event == sale.EventCashSold {
		if err := x.endEarly(e.Sale); err != nil {
			return err
		}
	}
	in, n := place(e.Sale)
	b, err := x.hotRows(in)
	if err != nil {
		return err
	}
	x.applySale(b, n, e)
	if early(e) {
		x.Early = e.Sale
	}
	return x.link(record, e.Sale)
}

// about is the sale that an entry without one tells of.
func about(e sale.Entry) uint64 {
	switch {
	case e.Of != 0:
		return e.Of
	case e.Alert != nil:
		return e.Alert.Number
	}
	return 0
}

// applySale brings a row up to date with an entry of its sale.
func (x *index) applySale(b block, n int, e sale.Entry) {
	flags := uint8(flagUsed)
	if !b.used(n) {
		b.set64(colAt, n, uint64(nanos(e.At)))
	}
	ending := uint8(x.Endings.add(string(e.Ending)))
	if ending != b.u8(colEnding, n) {
		b.set64(colEnded, n, uint64(nanos(e.At)))
	}
	if ending == 0 {
		b.set64(colEnded, n, 0)
	}
	b.set8(colEnding, n, ending)
	b.set64(colAmount, n, uint64(e.Amount))
	b.set64(colTip, n, uint64(e.Tip))
	b.set64(colReference, n, e.Reference)
	b.set32(colShift, n, uint32(min(e.Shift, math.MaxUint32)))
	b.set16(colCurrency, n, uint16(e.Currency))
	if !slices.Contains(x.Currencies, uint16(e.Currency)) {
		x.Currencies = append(x.Currencies, uint16(e.Currency))
	}
	b.set16(colCashier, n, x.Cashiers.add(string(e.Cashier)))
	b.set16(colReason, n, x.Reasons.add(string(e.Reason)))
	b.set8(colRail, n, uint8(x.Rails.add(string(e.Rail()))))
	b.set8(colState, n, standing(e))
	if e.Tap != nil {
		b.set32(colCard, n, digits(e.Tap.Ending))
	}
	if e.Refund != nil {
		flags |= flagRefund
		b.set64(colOf, n, e.Refund.Sale)
		b.set64(colOfReference, n, e.Refund.Reference)
	}
	if early(e) {
		flags |= flagEarly
	}
	b.set8(colFlags, n, flags)
}

// endEarly ends the sale that was keyed last, if it is not the same: one is sold at a
// time, so that the terminal stopped before it could write the other's end.
func (x *index) endEarly(unless uint64) error {
	if x.Early == 0 || x.Early == unless {
		return nil
	}
	in, n := place(x.Early)
	x.Early = 0
	b, err := x.hotRows(in)
	if err != nil {
		return err
	}
	if flags := b.u8(colFlags, n); flags&flagEarly != 0 {
		b.set8(colFlags, n, flags&^flagEarly)
		b.set8(colState, n, stateOver)
	}
	return nil
}

// link ties a record to the one before it of the same sale, so that a sale is read
// from its last record backwards. A record of no sale, or of one that is not here,
// has none.
func (x *index) link(record, number uint64) error {
	if number == 0 {
		return nil
	}
	in, n := place(number)
	if at := x.rows[in]; at == nil {
		if _, there := x.summaries[in]; !there {
			return nil
		}
	}
	b, err := x.hotRows(in)
	if err != nil {
		return err
	}
	if !b.used(n) {
		return nil
	}
	back := uint64(0)
	if last := b.u64(colLast, n); last != 0 {
		back = record - last
	}
	if back > math.MaxUint32 {
		back = 0 // four thousand million records apart: what was before is not shown
	}
	l, _, err := x.heat(x.links, tableLinks, record/blockLinks, linksSize)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(l[4*(record%blockLinks):], uint32(back))
	b.set64(colLast, n, record)
	return nil
}

// applyEvent adds an entry that belongs to no sale.
func (x *index) applyEvent(record uint64, e sale.Entry) error {
	b, _, err := x.heat(x.events, tableEvents, x.Events/blockEvents, eventsSize)
	if err != nil {
		return err
	}
	n := int(x.Events % blockEvents)
	x.Events++
	kind, cashier, member := string(e.Event), e.Cashier, e.Cashier
	if e.Staff != nil {
		kind, cashier, member = string(e.Staff.Kind), e.Staff.By, e.Staff.Member
	}
	le := binary.LittleEndian
	le.PutUint64(b[evRecord+8*n:], record)
	le.PutUint64(b[evAt+8*n:], uint64(nanos(e.At)))
	le.PutUint64(b[evAbout+8*n:], about(e))
	le.PutUint16(b[evKind+2*n:], x.Kinds.add(kind))
	le.PutUint16(b[evCashier+2*n:], x.Cashiers.add(string(cashier)))
	le.PutUint16(b[evMember+2*n:], x.Cashiers.add(string(member)))
	return nil
}
