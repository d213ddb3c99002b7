package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// touch is a press that goes on while the key under the finger is replaced by another: a screen that is built anew, because
// a device went away or a notice came, must not swallow it. Fyne tells the key that is there now only that the finger was
// lifted, and the one that was there that the finger went out of it as soon as it trembles. All keys that it was on, one
// after the other, share it.
type touch struct {
	began *TouchKey // the key that Fyne was told of it on
	on    *TouchKey // the one in its place now; that shows it unless the finger may have left
}

// begin is a press that Fyne tells of itself, to its end.
func (k *TouchKey) begin() {
	k.touch = &touch{began: k, on: k}
	k.setDown(!k.Disabled())
}

// succeed has k go on with a press that began on a key which k replaces; the one that was under no finger, it does nothing.
func (k *TouchKey) succeed(former *TouchKey) {
	if former == k || !former.down || k.Disabled() {
		return
	}
	k.touch = former.touch
	k.touch.on = k
	former.setDown(false)
	k.setDown(true)
}

// end ends the press, and says whether it is one that Fyne does not know to be of this key.
func (k *TouchKey) end() (taken bool) {
	taken = k.down && k.touch.began != k
	k.touch = nil
	k.setDown(false)
	return taken
}

// goOut is told to the key under the finger, or to one before it. That one's successor does not look pressed from then on,
// until it is told that the finger is on it.
func (k *TouchKey) goOut() {
	t := k.touch
	if t != nil && t.on != k && t.on.touch == t {
		t.on.setDown(false)
	}
	k.end()
}

// comeIn takes the press over again where it was only Fyne that had not seen the succession: the finger never left.
func (k *TouchKey) comeIn(e *desktop.MouseEvent) {
	if k.touch == nil || k.down {
		return
	}
	if e == nil || e.Button != desktop.MouseButtonPrimary || k.Disabled() {
		k.touch = nil
		return
	}
	k.setDown(true)
}

// succeed hands presses of keys over to those that have their names now.
func succeed(former, now map[string]fyne.CanvasObject) {
	for id, o := range former {
		before, was := o.(*TouchKey)
		after, is := now[id].(*TouchKey)
		if was && is {
			after.succeed(before)
		}
	}
}
