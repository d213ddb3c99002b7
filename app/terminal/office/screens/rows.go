package screens

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// signed writes an amount that may be less than nothing.
func (o *Office) signed(minor int64, c money.Currency) string {
	if c == 0 {
		c = o.Currency
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return sign + money.Amount{Minor: minor, Currency: c}.Format(o.book.Tag())
}

// saleRow is one sale or refund.
func (o *Office) saleRow(r logbook.Row, press func()) *pressable {
	at := r.At.In(o.Location)
	what, why := o.book.Say(office.SayEnding(r.Ending)), ""
	color := widgets.ColorText
	switch {
	case r.State.Problem():
		what, why, color = o.book.Say(office.SayState(r.State)), o.book.Say(office.SayWhatToDo(r.State)), widgets.ColorAttentionText
	case r.Reason != "" && r.Ending != sale.Paid && r.Ending != sale.Refunded:
		why, _ = office.ReasonWords(o.book, r.Reason, o.money(r.Amount))
	}
	if r.Refund {
		about := o.book.Say("office.log.refund")
		if r.Of != 0 {
			about = o.book.Say("office.log.refund-of", "number", number(r.Of))
		}
		if why != "" {
			about += " · " + why
		}
		why = about
	}
	amount := o.formatIn(r.Amount, r.Currency)
	if r.Refund {
		amount = "-" + amount
	}
	ink := widgets.ColorText
	if meaningOf(r) != widgets.Good {
		ink = widgets.ColorQuiet // is no money in the till
	}
	by := o.book.Say(office.SayRail(r.Rail))
	if r.Card != "" {
		by += " · " + r.Card
	}
	content := across(2*widgets.Grid, fix(dot(meaningOf(r)), 28),
		share(two(body(o.book.Say("office.number", "number", number(r.Sale))), quiet(o.when(at))), 2.4),
		share(two(words(what, widgets.SizeBody, color, fyne.TextAlignLeading), quiet(why)), 5),
		share(two(body(by), quiet(string(r.Cashier))), 2),
		share(middle(words(amount, widgets.SizeLead, ink, fyne.TextAlignTrailing)), 2.4))
	return newPressable(strings.Join([]string{number(r.Sale), o.when(at), what, why, amount}, ", "), content, press)
}

// eventRow is something that happened beside sales.
func (o *Office) eventRow(e sale.Entry) fyne.CanvasObject {
	what, detail, by, amount := "", "", string(e.Cashier), ""
	if e.Staff == nil {
		what = o.book.Say(office.SayEvent(e.Event))
	}
	meaning := widgets.Quiet
	switch {
	case e.Staff != nil:
		what, by = o.book.Say(office.SayStaff(e.Staff.Kind)), string(e.Staff.By)
		if e.Staff.Member != e.Staff.By {
			detail = string(e.Staff.Member)
		}
		if e.Staff.Kind == staff.Refused || e.Staff.Kind == staff.StillLocked {
			meaning = widgets.Attention
		}
		if e.Staff.Shift != 0 && (e.Staff.Kind == staff.ShiftOpened || e.Staff.Kind == staff.ShiftClosed) {
			detail = o.book.Say("office.shift.numbered", "number", e.Staff.Shift)
		}
	case e.Alert != nil:
		meaning, detail = widgets.Attention, o.book.Say("office.number", "number", number(e.Alert.Number))
		amount = o.formatIn(e.Alert.Amount, e.Alert.Currency)
		if e.Event == sale.EventAlertResolved {
			meaning = widgets.Good
		}
	case e.Report != nil:
		detail = "Z " + fmt.Sprint(e.Report.Number)
	case e.Of != 0:
		detail = o.book.Say("office.number", "number", number(e.Of))
	case e.Cash != nil:
		detail = e.Cash.Reason
	}
	if e.Cash != nil && e.Amount > 0 {
		amount = o.formatIn(e.Amount, e.Currency)
	}
	return panel(across(2*widgets.Grid, fix(dot(meaning), 28),
		share(middle(body(o.when(e.At.In(o.Location)))), 2.4),
		share(two(body(what), quiet(detail)), 5),
		share(middle(body(by)), 2),
		share(middle(words(amount, widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing)), 2.4)))
}

// when is a moment as briefly as it can be told: today by its time alone.
func (o *Office) when(t time.Time) string {
	if from, to := office.Day.Of(o.now()); !t.Before(from) && t.Before(to) {
		return o.book.TimeSeconds(t)
	}
	if t.Year() == o.now().Year() {
		return o.book.Day(t) + " " + o.book.Time(t)
	}
	return o.book.DateTime(t)
}

// number writes the number of a sale as receipts do.
func number(n uint64) string { return fmt.Sprintf("%06d", n) }
