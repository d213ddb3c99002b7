package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// pinAsk is the part of a page that asks for a PIN: it is typed on pad or keyboard, shown as dots, taken once, and wiped when
// the page is left or the PIN was not the one.
type pinAsk struct {
	office  *Office
	pin     pinEntry
	doing   bool   // what was asked for with it is under way: keys do nothing
	trouble string // of the last one
}

func (a *pinAsk) busy() bool { return a.doing }
func (a *pinAsk) left()      { a.pin.wipe() }

// pad is the pad for it.
func (a *pinAsk) pad() *widgets.PINPad {
	return widgets.NewPINPad(a.office.book.Say("office.key.backspace"), a.press)
}

// note says what is asked for, or what is being done, or what was wrong.
func (a *pinAsk) note(asks, doing string, size fyne.ThemeSizeName) *widgets.Paragraph {
	switch {
	case a.doing:
		return words(doing, size, widgets.ColorText, fyne.TextAlignCenter)
	case a.trouble != "":
		return words(a.trouble, widgets.SizeBody, widgets.ColorAttentionText, fyne.TextAlignCenter)
	}
	color := widgets.ColorText
	if size == widgets.SizeBody {
		color = widgets.ColorQuiet
	}
	return words(asks, size, color, fyne.TextAlignCenter)
}

// complete says whether it may be one.
func (a *pinAsk) complete() bool { return len(a.pin) >= staff.MinPIN && !a.doing }

func (a *pinAsk) press(k widgets.Key) {
	if !a.doing {
		a.trouble = ""
		a.pin.press(k)
		a.office.refresh()
	}
}

func (a *pinAsk) typedRune(r rune) bool              { return typedInto(r, a.press) }
func (a *pinAsk) typedKey(event *fyne.KeyEvent) bool { return erasedIn(event, a.press) }

// use says that the PIN is being used; it has been taken before.
func (a *pinAsk) use() {
	a.doing, a.trouble = true, ""
	a.office.refresh()
}

// used says on the page, if it is still there, that it was not the one, or did not work; it answers whether all went well.
func (a *pinAsk) used(on page, err error) bool {
	a.doing = false
	switch {
	case a.office.top() != on:
		return false
	case err != nil:
		a.refuse(office.Trouble(err))
		return false
	}
	return true
}

// refuse wipes what was keyed and says why, by the key of a phrase.
func (a *pinAsk) refuse(why string) {
	a.pin.wipe()
	a.trouble = a.office.book.Say(why)
	a.office.refresh()
}
