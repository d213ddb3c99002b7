package screens

import (
	"strings"
	"time"
)

// What a hand-held reader types like a keyboard is known by its speed, and a payment
// code by its first letters.
const (
	wandPrefix = "CS1"
	// wandGap is the longest time between two characters of a wand. The slowest setting
	// of keyboard wedges is 50 ms; a person who types ten digits in a second is a typist.
	wandGap = 80 * time.Millisecond
	// wandLeast is the shortest code on goods, EAN-8: what is typed as fast and as long
	// was no finger.
	wandLeast = 8
	// wandMost is more than the longest payment code.
	wandMost = 8192
)

// wand tells what a hand-held reader types from what a person does. The clock is the
// caller's.
type wand struct {
	text  strings.Builder
	last  time.Time
	taken bool // begins with C: no rune of it is anybody else's

	held  []rune // digits that nobody has been given yet
	holds uint64 // how often something was held or given: tells which wait is over
	// later calls a function once a time has passed, on any goroutine; nil: time.AfterFunc.
	later func(time.Duration, func())
}

// hold keeps a digit, and tells once it has been the last for longer than a wand takes; over says, when it is asked, whether
// it still is.
func (w *wand) hold(r rune, tell func(over func() bool)) {
	w.held = append(w.held, r)
	w.holds++
	mine := w.holds
	later := w.later
	if later == nil {
		later = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	}
	later(wandGap+time.Millisecond, func() { tell(func() bool { return w.holds == mine }) })
}

// release gives out what is held, in order.
func (w *wand) release() []rune {
	held := w.held
	w.held = nil
	w.holds++
	return held
}

// drop forgets what is held: a wand has typed it.
func (w *wand) drop() {
	clear(w.held) // it may be a PIN, typed as fast
	w.release()
}

// heard is what to do with a rune or with Enter.
type heard int

const (
	forPerson heard = iota // a person's: it goes where the focus is
	forWand                // a wand's: it goes nowhere yet
)

// rune takes a typed character. first says that it begins a text.
func (w *wand) rune(r rune, now time.Time) (h heard, first bool) {
	begins := r == 'C' || r == 'c'
	if now.Sub(w.last) > wandGap || begins && !w.taken {
		w.forget()
	}
	w.last = now
	if first = w.text.Len() == 0; first {
		w.taken = begins
	}
	if w.text.Len() < wandMost {
		w.text.WriteRune(r)
	}
	if w.taken && !strings.HasPrefix(w.upper(min(w.text.Len(), len(wandPrefix))), wandPrefix[:min(w.text.Len(), len(wandPrefix))]) {
		w.taken = false // the letters before were for nobody; this one may be for somebody
		w.text.Reset()
		w.text.WriteRune(r)
		first = true
	}
	if w.taken {
		return forWand, first
	}
	return forPerson, first
}

// upper is the beginning of the text in capitals: a wand's Caps Lock may be on.
func (w *wand) upper(n int) string { return strings.ToUpper(w.text.String()[:n]) }

// enter ends a text. code is a payment code, goods the digits of a code on goods; both
// are empty when a person has pressed Enter.
func (w *wand) enter(now time.Time) (code, goods string) {
	text := w.text.String()
	quick := text != "" && now.Sub(w.last) <= wandGap
	taken := w.taken
	w.forget()
	switch {
	case !quick:
	case taken && len(text) > len(wandPrefix):
		return strings.ToUpper(text), ""
	case len(text) >= wandLeast && strings.Trim(text, "0123456789") == "":
		return "", text
	}
	return "", ""
}

func (w *wand) forget() {
	w.text.Reset()
	w.taken = false
}
