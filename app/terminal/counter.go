package main

import (
	"context"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/pricelist"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/money"
)

// people are the staff as the cashier's window sees them.
type people struct {
	*terminal
	ctx context.Context
}

func (p people) Members() []staff.Member { return p.desk.Members() }
func (p people) Duty() staff.Duty        { return p.desk.Duty() }

// SignIn compares the PIN away from the window: that takes a moment on purpose.
func (p people) SignIn(id protocol.ID, pin []byte, done func(error)) {
	p.behind.Go(func() {
		defer clear(pin)
		_, err := p.desk.SignIn(p.ctx, id, pin)
		done(err)
	})
}

func (p people) SignOut() error { return p.desk.SignOut(p.ctx) }

func (p people) OpenShift(float protocol.Amount) error {
	_, err := p.desk.OpenShift(p.ctx, float)
	return err
}

// BeginBill charges what was keyed, chosen and tipped.
func (t *terminal) BeginBill(b sale.Bill) error { return t.till.BeginBill(b) }

// SellForCash sells for notes and coins; the drawer opens once the journal has it.
func (t *terminal) SellForCash(b sale.Bill, given protocol.Amount) error {
	e, err := t.till.SellForCash(b, given)
	if err != nil {
		return err
	}
	t.kick()
	t.printed(e.Sale, false)
	return nil
}

// offered is the price list as the cashier's window shows it.
func offered(list []pricelist.Group) []screens.Group {
	groups := make([]screens.Group, 0, len(list))
	for _, g := range list {
		group := screens.Group{Name: g.Name}
		for _, i := range g.Items {
			group.Items = append(group.Items, screens.Item{Name: i.Name, Price: i.Price, Tax: i.Tax, Code: i.Code})
		}
		groups = append(groups, group)
	}
	return groups
}

// looking is how long a screen may wait for the log's index, which at the first start
// after its loss is being made.
const looking = 300 * time.Millisecond

// recent lists the last sales for the amount screen: from the log's index, and from the
// journal while that is not there yet.
func (t *terminal) recent(most int) []screens.Recent {
	ctx, stop := context.WithTimeout(context.Background(), looking)
	defer stop()
	if page, err := t.logbook.Find(ctx, logbook.Query{Limit: most}); err == nil {
		list := make([]screens.Recent, 0, len(page.Rows))
		for _, r := range page.Rows {
			if r.State == logbook.Underway {
				continue
			}
			at := r.Ended
			if at.IsZero() {
				at = r.At
			}
			list = append(list, screens.Recent{
				Number: r.Sale, At: at, Ending: r.Ending, Refund: r.Refund, Rail: r.Rail, Cashier: r.Cashier, Reason: r.Reason,
				State: screens.State(r.State), Amount: money.Amount{Minor: int64(r.Amount), Currency: money.Currency(r.Currency)},
			})
		}
		return list
	}
	entries, err := t.journal.Last(most)
	if err != nil {
		t.log.Error("last sales not read", "error", err.Error())
	}
	list := make([]screens.Recent, 0, len(entries))
	for _, e := range entries {
		list = append(list, screens.Recent{
			Number: e.Sale, At: e.At, Ending: e.Ending, Refund: e.Refund != nil, Rail: e.Rail(), Cashier: e.Cashier, Reason: e.Reason,
			Amount: money.Amount{Minor: int64(e.Amount), Currency: money.Currency(e.Currency)},
		})
	}
	return list
}
