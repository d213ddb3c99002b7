package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// printing is what has become of the receipt of the sale in front.
type printing struct {
	number  uint64 // of the sale whose receipt was handed over
	trouble bool   // the last one was not taken
}

// printKey hands a receipt to the printer. Its trouble is told in the row of marks: it
// never stands in the way of the next sale.
func (k *Kiosk) printKey(number uint64, again bool) *widgets.TouchKey {
	word := "terminal.print.key"
	if again || k.printed.number == number && number != 0 {
		word = "terminal.print.again"
	}
	var key *widgets.TouchKey
	key = k.newKey(k.book.Say(word), widgets.PlainKey, func() {
		k.printed = printing{number: number, trouble: k.Print(number) != nil}
		if k.printed.trouble {
			k.printed.number = 0
		} else {
			key.SetLabel(k.book.Say("terminal.print.again"))
		}
		k.refreshStatus()
	})
	return key
}

// receiptOf is the text of a sale's code for the phone; empty for none.
func (k *Kiosk) receiptOf(number uint64, otherwise string) string {
	if k.Receipt != nil && number != 0 {
		if text := k.Receipt(number); text != "" {
			return text
		}
	}
	return otherwise
}

// withReceipt puts the receipt's code beside what happened, where there is one.
func (k *Kiosk) withReceipt(words fyne.CanvasObject, number uint64, otherwise string) (fyne.CanvasObject, []widgets.Control) {
	text := k.receiptOf(number, otherwise)
	code := widgets.NewExactQR()
	if text == "" || code.SetText(text) != nil {
		return container.New(sides{0.12}, words), nil
	}
	say := widgets.NewParagraph(k.book.Say("terminal.outcome.receipt"), widgets.SizeBody, widgets.ColorText, fyne.TextAlignCenter, 400)
	receipt := stack(true, soft(say), space(widgets.Grid), grow(code, code.MinSize().Height))
	return columnsOf(0.6, words, receipt), []widgets.Control{{ID: "code", Object: code}}
}

// again says whether the same bill may be charged once more: no money was taken, and
// nothing is left for a manager to look at first.
func (k *Kiosk) again() bool {
	if k.bill.empty() && k.keyedMinor() == 0 || k.view.ByPIN {
		return false
	}
	switch k.view.Ending {
	case sale.Cancelled, sale.Expired:
		return true
	case sale.Refused:
		return k.view.Reason != sale.ReasonConflict && k.view.Reason != sale.ReasonTerminal
	}
	return false
}

// chargeAgain takes the outcome off and leaves the bill to be charged again, or for
// cash.
func (k *Kiosk) chargeAgain() {
	k.kept = true
	if k.intents.Dismiss() != nil {
		k.kept = false
	}
}

// sides leaves a share of the width free at either side.
type sides struct{ share float32 }

// Layout puts the object in the middle.
func (s sides) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(size.Width*s.share, 0))
	objects[0].Resize(fyne.NewSize(size.Width*(1-2*s.share), size.Height))
}

// MinSize is the object's with its sides.
func (s sides) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	return fyne.NewSize(least.Width/(1-2*s.share), least.Height)
}
