package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// succession is a press that goes on while the key under the finger is replaced by another: a screen that is built anew,
// because a device went away or a notice came, must not swallow it. Fyne tells the key that is there now only that the finger
// was lifted, and the one that was there that the finger went out of it as soon as it trembles.
type succession struct {
	next  *TouchKey // the key that came in this one's place
	taken bool      // the finger has been on this key's predecessor since before it was there
	out   bool      // the predecessor has just been told that the finger went
}

// succeed has k go on with a press that began on a key which k replaces; the one that was under no finger, it does nothing.
func (k *TouchKey) succeed(former *TouchKey) {
	if former == k || !former.down || k.Disabled() {
		return
	}
	former.held.next = k
	k.held.taken = true
	k.setDown(true)
}

// goOut ends a press that was taken over, here or at whoever came in this key's place.
func (k *TouchKey) goOut() {
	k.held.taken = false
	if next := k.held.next; next != nil {
		k.held.next = nil
		next.goOut()
		next.held.out = next.down
		next.setDown(false)
	}
}

// comeIn takes the press over again where it was only Fyne that had not seen the succession: the finger never left.
func (k *TouchKey) comeIn(e *desktop.MouseEvent) {
	if k.held.out && e != nil && e.Button == desktop.MouseButtonPrimary && !k.Disabled() {
		k.held.taken = true
		k.setDown(true)
	}
	k.held.out = false
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
