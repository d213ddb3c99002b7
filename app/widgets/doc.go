// Package widgets is what the windows of terminal, wallet and enrolment desk share: the theme, the controls that a shop's
// touch panel needs, and the stage that shows one screen at a time.
//
// Guarantees, held by tests: every text role has a contrast of at least 7:1 on its ground; touch targets are at least
// [Touch] high and wide; text is wrapped, then made smaller, and never cut, down to [SmallestText]; a QR symbol is drawn with
// a whole number of physical pixels a module at any scale. Nothing is told by colour alone: each state has its own shape too.
//
// Limits: the widgets draw and report presses; they decide nothing, hold no clock and start no goroutine ([Announcer.Run] is
// the caller's). Labels come from the caller, already in the person's language. Colours and sizes come from [Theme]; under
// another theme the roles of this package are not known.
//
// Concurrency: everything but [Announcer] belongs to Fyne's goroutine. Others change the screen through the one [Do] that the
// program injects.
package widgets

// Do has a function run on the goroutine that owns the windows, after those handed over before it. It may return before the
// function has run, so a caller that needs an answer waits for it and for its own end at once. Programs inject [OnScreen];
// tests, whose driver has no event loop, one that calls the function under a lock of their own.
type Do func(func())

// Distances and sizes in Fyne's units, which are pixels at scale 1. Everything lies on a grid of 8.
const (
	Grid         float32 = 8   // between neighbouring controls
	Margin       float32 = 24  // between a window's edge and its content
	Touch        float32 = 72  // the least height and width of a touch target
	SmallestText float32 = 16  // no text is made smaller than this
	AmountLarge  float32 = 120 // an amount with all the room it wants
	AmountSmall  float32 = 72  // what a screen should leave room for; less room makes it smaller
)
