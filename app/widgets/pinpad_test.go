package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// Every key reports itself and lies where a telephone has it.
func TestPINPad(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{}))
	var pressed []Key
	pad := NewPINPad("Delete", func(k Key) { pressed = append(pressed, k) })
	window := test.NewTempWindow(t, nil)
	stage := NewStage(window, func(f func()) { f() })
	stage.Show("pin", pad, pad.Controls()...)
	window.Resize(fyne.NewSize(400, 500))
	at := stage.Targets()
	if len(at) != 11 {
		t.Fatalf("%d keys", len(at))
	}
	for _, row := range [][]string{{"key.1", "key.2", "key.3"}, {"key.4", "key.5", "key.6"}, {"key.7", "key.8", "key.9"}, {"key.0", "key.back"}} {
		for i := 1; i < len(row); i++ {
			if at[row[i-1]].Y != at[row[i]].Y || at[row[i-1]].X >= at[row[i]].X {
				t.Errorf("%s is not left of %s", row[i-1], row[i])
			}
		}
	}
	if at["key.0"].X != at["key.8"].X || at["key.0"].Y <= at["key.8"].Y {
		t.Error("0 is not below 8")
	}
	for _, c := range pad.Controls() {
		if k := at[c.ID]; k.Width < int(Touch) || k.Height < int(Touch) {
			t.Errorf("%s is %d by %d", c.ID, k.Width, k.Height)
		}
		test.Tap(c.Object.(*TouchKey))
	}
	if want := []Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 0, KeyBackspace}; !slices.Equal(pressed, want) {
		t.Errorf("pressed %v", pressed)
	}
}
