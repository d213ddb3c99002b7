package screens

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// alerted are the stages whose screens carry the banner: the cashier's. What the
// customer looks at does not.
var alerted = map[sale.Stage]bool{sale.Idle: true, sale.Unknown: true, sale.Ended: true}

// alerts are those that the banner is about now: how one ended comes before what
// still stands, because a customer may wait for it. The sale on the screen says
// all of it itself.
func (k *Kiosk) alerts() []sale.Alert {
	if !alerted[k.view.Stage] {
		return nil
	}
	var ended, standing []sale.Alert
	for _, a := range k.view.Alerts {
		switch {
		case a.Number == k.view.Number && k.view.Stage != sale.Idle:
		case a.Resolved != "":
			ended = append(ended, a)
		default:
			standing = append(standing, a)
		}
	}
	return append(ended, standing...)
}

// alertsKey changes when the banner does.
func (k *Kiosk) alertsKey() string {
	var key strings.Builder
	for _, a := range k.alerts() {
		fmt.Fprintf(&key, "%d %s %s %s %s;", a.Number, a.Doing, a.Rail, a.Resolved, a.Clearing)
	}
	return key.String()
}

// banner stands until a sale or refund whose outcome nobody knows is resolved,
// then says how until somebody has seen it. It is nil when there is nothing to
// say.
func (k *Kiosk) banner() (fyne.CanvasObject, []widgets.Control) {
	list := k.alerts()
	if len(list) == 0 {
		return nil, nil
	}
	a := list[0]
	what, doing := "terminal.alert.sale", "terminal.alert."+string(a.Doing)
	switch {
	case a.Refund:
		what = "terminal.alert.refund"
	case a.Doing == sale.Telling:
		what = "terminal.alert." + string(a.Rail)
	}
	meaning := widgets.Attention
	if a.Doing == sale.Telling && a.Resolved == sale.Paid {
		meaning = widgets.Good
	} else if a.Resolved != "" {
		meaning, doing = widgets.Good, "terminal.alert."+string(a.Resolved)
		if a.Resolved != sale.Paid && a.Resolved != sale.Refunded {
			meaning = widgets.Quiet
		}
	}
	if a.Clearing != "" {
		meaning, doing = widgets.Refusal, "terminal.alert.clearing-"+a.Clearing
	}
	amount := money.Amount{Minor: int64(a.Amount), Currency: money.Currency(a.Currency)}
	heading := k.book.Say(what, "number", k.number(a.Number), "amount", amount.Format(k.book.Tag()), "time", k.book.Time(a.Since.Local()))
	if more := len(list) - 1; more > 0 {
		heading += " · " + k.book.Say("terminal.alert.more", "count", more)
	}
	if a.Resolved == "" {
		box := k.box(meaning, heading, k.book.Say(doing), nil)
		return box, []widgets.Control{{ID: "alert", Object: box}}
	}
	key := k.newKey(k.book.Say("terminal.alert.seen"), widgets.LeaveKey, k.do(func() error { return k.intents.SeeAlert(a.Number) }))
	box := k.box(meaning, heading, k.book.Say(doing), key)
	return box, []widgets.Control{{ID: "alert.seen", Object: key}, {ID: "alert", Object: box}}
}

// interruption says of the sale in front that it was interrupted and that what the
// screen shows is how it really stands.
func (k *Kiosk) interruption() (fyne.CanvasObject, []widgets.Control) {
	at := k.view.Interrupted
	if at.IsZero() {
		return nil, nil
	}
	box := k.box(widgets.Attention, k.book.Say("terminal.interrupted.when", "number", k.number(k.view.Number), "time", k.book.Time(at.Local())),
		k.book.Say("terminal.interrupted.text"), nil)
	return box, []widgets.Control{{ID: "interrupted", Object: box}}
}

// box is a banner: a mark, a small heading, a sentence, and perhaps a key. With large
// text its sentences are smaller than they would be elsewhere: it stands on a screen
// that has something else to say.
func (k *Kiosk) box(meaning widgets.Meaning, heading, text string, key *widgets.TouchKey) fyne.CanvasObject {
	words := stack(true,
		soft(widgets.NewParagraph(heading, widgets.SizeCaption, meaning.WordColor(), fyne.TextAlignLeading, 900)),
		soft(widgets.NewParagraph(text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading, 900)))
	mark := container.NewHBox(gap(widgets.Grid), middle(widgets.NewOutcomeMark(meaning, 40)), gap(widgets.Grid))
	var right fyne.CanvasObject
	if key != nil {
		right = container.NewHBox(gap(widgets.Grid), yielding(key, 160, widgets.Touch))
	}
	height := widgets.Touch + 16*(textScale()-1)
	row := yielding(container.NewBorder(nil, nil, mark, right, words), 480, height)
	return container.NewBorder(nil, gap(widgets.Grid), nil, nil, container.NewStack(canvas.NewRectangle(theme.Color(widgets.ColorSurface)), row))
}
