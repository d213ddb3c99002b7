package screens

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// place is what the cashier does while no sale is in front.
type place int

const (
	atAmount  place = iota
	atSignIn        // nobody is signed in, or somebody else wants to be
	atShift         // no shift is open
	atNoSales       // whoever is signed in does not sell
	atTip           // the customer is asked
	atCash          // the customer pays with notes and coins
	atRecent        // the last sales, where the amount's screen has no room for them
	atDetail        // one of them
	atOffice        // the manager's pages
)

// duty is who works now.
func (k *Kiosk) duty() staff.Duty {
	if k.Staff == nil {
		return staff.Duty{}
	}
	return k.Staff.Duty()
}

// place is where the cashier is, as far as whoever is signed in may be there.
func (k *Kiosk) place() place {
	if k.Staff == nil || k.at == atSignIn {
		return k.at
	}
	duty := k.duty()
	switch {
	case duty.Cashier == "":
		return atSignIn
	case k.at == atOffice:
		return atOffice
	case !duty.May(staff.Sell):
		return atNoSales
	case duty.Shift == 0:
		return atShift
	}
	return k.at
}

// buildBetween makes the screen for the time between sales.
func (k *Kiosk) buildBetween() {
	switch k.place() {
	case atAmount:
		k.buildAmount()
	case atSignIn:
		k.buildSignIn()
	case atShift:
		k.buildShift()
	case atNoSales:
		k.buildNoSales()
	case atTip:
		k.buildTip()
	case atCash:
		k.buildCash()
	case atRecent:
		k.buildRecent()
	case atDetail:
		k.buildDetail()
	case atOffice: // it is on the stage already
		k.row, k.rowHolds = nil, nil
	}
}

// goTo shows another screen between sales.
func (k *Kiosk) goTo(p place) {
	k.at, k.trouble = p, ""
	k.build()
}

// openOffice shows the manager's pages to whoever is signed in; number is the sale to be
// refunded, 0 for the menu.
func (k *Kiosk) openOffice(number uint64) {
	if k.office == nil {
		return
	}
	k.at, k.trouble = atOffice, ""
	k.camera, k.row, k.rowHolds = nil, nil, nil
	leave := func() {
		if k.at == atOffice {
			k.touched = k.Now()
			k.goTo(atAmount)
		}
	}
	if pages, can := k.office.(RefundPages); can && number != 0 {
		pages.OpenRefund(k.book, k.member(), number, leave)
		return
	}
	k.office.Open(k.book, k.member(), leave)
}

// leaveOffice takes the manager's pages off where something comes first.
func (k *Kiosk) leaveOffice() {
	if k.at == atOffice {
		k.at = atAmount
		k.office.Close()
	}
}

// member is who is on duty, as the manager's pages know people.
func (k *Kiosk) member() staff.Member {
	if k.Staff == nil { // whoever stands there runs the shop, until it has a staff
		return staff.Member{Role: staff.Manager}
	}
	duty := k.duty()
	for _, m := range k.Staff.Members() {
		if m.ID == duty.Cashier {
			return m
		}
	}
	return staff.Member{ID: duty.Cashier, Role: duty.Role}
}

// peopleKeys are the keys of who is signed in, in the row above the amount: one for
// another cashier, one to lock.
func (k *Kiosk) peopleKeys(screen string) ([]fyne.CanvasObject, []widgets.Control) {
	duty := k.duty()
	if duty.Cashier == "" || screen != "amount" && screen != "shift" && screen != "no-sales" {
		return nil, nil
	}
	role := k.book.Say("terminal.staff.role." + string(duty.Role))
	who := k.newKey(string(duty.Cashier)+" · "+role, widgets.PlainKey, k.switchCashier)
	lock := k.newKey(k.book.Say("terminal.staff.lock"), widgets.PlainKey, k.lock)
	return []fyne.CanvasObject{yielding(who, 240, widgets.Touch), yielding(lock, 128, widgets.Touch)},
		[]widgets.Control{{ID: "who", Object: who}, {ID: "lock", Object: lock}}
}

// lock signs whoever is on duty out. What was keyed stays.
func (k *Kiosk) lock() {
	if k.Staff == nil {
		return
	}
	if err := k.Staff.SignOut(); err != nil && !errors.Is(err, staff.ErrNobody) {
		k.trouble = k.book.Say("terminal.staff.not-locked")
		k.build()
		return
	}
	k.leaveOffice()
	k.sign = signing{}
	k.goTo(atAmount)
}

// autoLock locks the window that nobody has touched for long, but not in the middle of a
// sale, of which taking cash and asking for a tip are part. An outcome stays on the screen,
// and whoever takes it off has to sign in.
func (k *Kiosk) autoLock() {
	between := k.view.Stage == sale.Idle || k.view.Stage == sale.Ended
	if k.Staff == nil || k.LockAfter <= 0 || !between || k.at == atCash || k.at == atTip {
		return
	}
	last := k.touched
	if k.at == atOffice {
		last = k.touchedOffice()
	}
	if k.Now().Sub(last) < k.patient(k.LockAfter) || k.duty().Cashier == "" {
		return
	}
	k.touched = k.Now()
	k.lock()
}

// touchedOffice is when somebody was last seen at the manager's pages: by what they say
// themselves, and whenever they were drawn anew.
func (k *Kiosk) touchedOffice() time.Time {
	if holder, is := k.stage.Window().Content().(*fyne.Container); is && len(holder.Objects) > 0 && holder.Objects[0] != k.drawn {
		k.drawn, k.touched = holder.Objects[0], k.Now()
	}
	if pages, can := k.office.(WatchedPages); can && pages.Touched().After(k.touched) {
		return pages.Touched()
	}
	return k.touched
}

// buildNoSales is for whoever may not sell: an installer.
func (k *Kiosk) buildNoSales() {
	heading, text := k.book.Notice("terminal.staff.no-sales")
	lock := k.newKey(k.book.Say("terminal.staff.lock-now"), widgets.LeaveKey, k.lock)
	controls := []widgets.Control{{ID: "leave", Object: lock}}
	var right []*widgets.TouchKey
	k.escape, k.enter = k.lock, nil
	if k.office != nil {
		menu := k.newKey(k.book.Say("terminal.action.menu"), widgets.PrimaryKey, func() { k.openOffice(0) })
		right, controls = append(right, menu), append(controls, widgets.Control{ID: "menu", Object: menu})
		k.enter = func() { k.openOffice(0) }
	}
	k.page("no-sales", stack(true,
		sized(widgets.NewOutcomeMark(widgets.Attention, 144), 144, 64),
		soft(widgets.Heading(heading)), space(widgets.Grid), soft(widgets.Lead(text))),
		bar([]*widgets.TouchKey{lock}, right), controls...)
}
