package widgets

import (
	"testing"

	"fyne.io/fyne/v2/test"
)

// BenchmarkFingerProgress is one step of the ring at 240 pixels, which the window's goroutine pays for.
func BenchmarkFingerProgress(b *testing.B) {
	test.NewTempApp(b).Settings().SetTheme(NewTheme(Appearance{}))
	p := NewFingerProgress(240)
	p.SetFraction(0.4)
	for b.Loop() {
		paint(240, 240, p.layers())
	}
}
