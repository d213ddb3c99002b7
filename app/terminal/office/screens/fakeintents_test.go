package screens

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

func (s *shop) Reprint(_ context.Context, n uint64) error {
	s.note("reprint %d", n)
	return s.printer
}

func (s *shop) row(number uint64) (logbook.Row, protocol.Amount) {
	d, err := s.Sale(context.Background(), number)
	if err != nil {
		return logbook.Row{}, 0
	}
	return d.Row, leftOf(d)
}

func (s *shop) PlanRefund(_ context.Context, n uint64, amount protocol.Amount) (staff.Matter, error) {
	r, left := s.row(n)
	if amount == 0 {
		amount = left
	}
	switch {
	case r.Ending != sale.Paid:
		return staff.Matter{}, sale.ErrNotPaid
	case amount > left:
		return staff.Matter{}, sale.ErrTooMuch
	}
	return staff.Matter{Sale: n, Reference: r.Reference, Amount: amount, Currency: 156}, nil
}

func (s *shop) PlanVoid(ctx context.Context, n uint64) (staff.Matter, error) {
	return s.PlanRefund(ctx, n, 0)
}

func (s *shop) checkPIN(pin []byte) error {
	defer clear(pin)
	if !bytes.Equal(pin, []byte(s.pin)) {
		return staff.ErrRefused
	}
	return nil
}

func (s *shop) GiveBack(_ context.Context, ask office.Refund) (office.Refunded, error) {
	if err := s.checkPIN(ask.PIN); err != nil {
		return office.Refunded{}, err
	}
	s.note("refund %d of %d by %s: %s", ask.Matter.Amount, ask.Matter.Sale, ask.Manager, ask.Reason)
	r, _ := s.row(ask.Matter.Sale)
	s.mu.Lock()
	defer s.mu.Unlock()
	number := s.rows[0].Sale + 1
	back := logbook.Row{Sale: number, At: now, Ended: now, Amount: ask.Matter.Amount, Currency: 156, Rail: r.Rail, Refund: true, Of: r.Sale, Cashier: anna, Shift: 12}
	if s.unknown {
		back.State = logbook.Unknown
	} else {
		back.Ending = sale.Refunded
	}
	s.rows = append([]logbook.Row{back}, s.rows...)
	return office.Refunded{Number: number, Ending: back.Ending, Cash: r.Rail == sale.RailCash}, nil
}

func (s *shop) OpenShift(_ context.Context, float protocol.Amount) (staff.Shift, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shift.Open() {
		return staff.Shift{}, staff.ErrShift
	}
	s.shift = staff.Shift{Number: s.shift.Number + 1, OpenedBy: anna, Opened: now, Drawer: staff.Drawer{Float: protocol.Sum(float)}}
	return s.shift, nil
}

func (s *shop) CloseShift(_ context.Context, counted protocol.Amount) (report.Report, error) {
	z := s.report(report.KindZ)
	z.Cash.Counted, z.Cash.Difference = protocol.Sum(counted), protocol.Sum(counted)-z.Cash.Expected
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shift.Open() {
		return report.Report{}, staff.ErrShift
	}
	s.shift.Closed, s.shift.ClosedBy, s.shift.Counted, s.shift.Difference = now, anna, protocol.Sum(counted), z.Cash.Difference
	s.zs = append([]report.Report{z}, s.zs...)
	return z, nil
}

func (s *shop) Report(context.Context) (report.Report, error) { return s.report(report.KindX), nil }

func (s *shop) Zs(_ context.Context, before uint64, limit int) (list []report.Report, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, z := range s.zs {
		if (before == 0 || z.Number < before) && len(list) < limit {
			list = append(list, z)
		}
	}
	return list, nil
}

func (s *shop) PrintReport(_ context.Context, r report.Report) error {
	s.note("print %s %d", r.Kind, r.Number)
	return s.printer
}

func (s *shop) SaveReport(_ context.Context, r report.Report, folder string) (string, error) {
	s.note("save %s %d", r.Kind, r.Number)
	return fmt.Sprintf("%s/z-%06d.pdf", folder, r.Number), nil
}

func (s *shop) MoveCash(_ context.Context, in bool, amount protocol.Amount, reason string) error {
	s.note("cash in %v %d: %s", in, amount, reason)
	return nil
}

func (s *shop) OpenDrawer(_ context.Context, reason string) error {
	s.note("drawer: %s", reason)
	return nil
}

func (s *shop) Export(ctx context.Context, q logbook.Query, format logbook.Format, folder string) (office.Exported, error) {
	page, _ := s.Find(ctx, q)
	s.mu.Lock()
	s.exported = q
	s.mu.Unlock()
	return office.Exported{File: folder + "/sales-2026-11-22." + string(format), Rows: page.Count}, nil
}

func (s *shop) TestCamera(ctx context.Context, frame func(*image.RGBA, []image.Point)) error {
	frame(scene(), []image.Point{{220, 80}, {420, 80}, {420, 280}, {220, 280}})
	<-ctx.Done()
	return nil
}

func (s *shop) wait(ctx context.Context) error {
	s.mu.Lock()
	testing := s.testing
	s.mu.Unlock()
	if testing == nil {
		return nil
	}
	select {
	case <-testing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shop) TestFinger(ctx context.Context, progress func(office.Finger)) error {
	progress(office.Finger{Touching: true, Fraction: 0.4})
	if err := s.wait(ctx); err != nil {
		return err
	}
	progress(office.Finger{Fraction: 1, Quality: s.quality})
	return nil
}

func (s *shop) TestPrinter(ctx context.Context) error { return errors.Join(s.wait(ctx), s.printer) }
func (s *shop) TestReader(ctx context.Context) error {
	return errors.Join(s.wait(ctx), office.ErrNotThere)
}
func (s *shop) TestSound(ctx context.Context) error { return s.wait(ctx) }

func (s *shop) AddMember(_ context.Context, id protocol.ID, role staff.Role, pin []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members {
		if m.ID == id {
			return staff.ErrExists
		}
	}
	s.members = append(s.members, office.Colleague{Member: staff.Member{ID: id, Role: role, Since: now}})
	s.did = append(s.did, fmt.Sprintf("add %s %s %s", id, role, pin))
	return nil
}

func (s *shop) RemoveMember(_ context.Context, id protocol.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = slices.DeleteFunc(s.members, func(m office.Colleague) bool { return m.ID == id })
	return nil
}

func (s *shop) SetPIN(_ context.Context, id protocol.ID, pin []byte) error {
	s.note("pin of %s is %s", id, pin)
	return nil
}

func (s *shop) ChangePIN(_ context.Context, old, pin []byte) error {
	if err := s.checkPIN(old); err != nil {
		return err
	}
	s.note("own pin is %s", pin)
	return nil
}

func (s *shop) Unlock(_ context.Context, id protocol.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.members {
		if s.members[i].ID == id {
			s.members[i].Locked = time.Time{}
		}
	}
	return nil
}

func (s *shop) Prefer(_ context.Context, p office.Preferences) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefs = p
	return nil
}

func (s *shop) BeginTraining(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.selling {
		return fmt.Errorf("%w: number 7", sale.ErrSaleOpen)
	}
	s.did = append(s.did, "train")
	return nil
}

func locked[T any](s *shop, value func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return value()
}
