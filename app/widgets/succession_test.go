package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// A screen that is built anew under a finger keeps its press, as Fyne's driver tells of it: what the finger does is told to
// the key that is there, that it went to the one that was there.
func TestPressOutlivesScreen(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{}))
	held, near := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}, &desktop.MouseEvent{}
	for name, c := range map[string]struct {
		next     string // the screen's name
		id       string // the key's
		disabled bool
		finger   func(former, now *TouchKey)
		pressed  int
	}{
		"lifted":         {"amount", "charge", false, func(_, now *TouchKey) { now.MouseUp(held) }, 1},
		"lifted twice":   {"amount", "charge", false, func(_, now *TouchKey) { now.MouseUp(held); now.MouseUp(held) }, 1},
		"trembled":       {"amount", "charge", false, func(former, now *TouchKey) { former.MouseOut(); now.MouseIn(held); now.MouseUp(held) }, 1},
		"slid away":      {"amount", "charge", false, func(former, now *TouchKey) { former.MouseOut(); now.MouseIn(near); now.MouseUp(held) }, 0},
		"slid later":     {"amount", "charge", false, func(former, now *TouchKey) { former.MouseOut(); now.MouseIn(held); now.MouseOut(); now.MouseUp(held) }, 0},
		"another key":    {"amount", "cash", false, func(_, now *TouchKey) { now.MouseUp(held) }, 0},
		"another screen": {"outcome", "charge", false, func(_, now *TouchKey) { now.MouseUp(held) }, 0},
		"disabled":       {"amount", "charge", true, func(_, now *TouchKey) { now.MouseUp(held) }, 0},
		"another press":  {"amount", "charge", false, func(_, now *TouchKey) { now.MouseDown(held); now.MouseUp(held); now.Tapped(nil) }, 1},
		"told late":      {"amount", "charge", false, func(former, now *TouchKey) { now.MouseUp(held); former.MouseOut(); now.MouseUp(held) }, 1},
		"told too late": {"amount", "charge", false, func(former, now *TouchKey) {
			now.MouseUp(held)
			now.MouseDown(held)
			if former.MouseOut(); !now.down {
				t.Error("a new press ends with the one before it")
			}
			now.MouseUp(held)
		}, 1},
		"never let go of": {"amount", "charge", false, func(_, _ *TouchKey) {}, 0},
	} {
		stage := NewStage(test.NewTempWindow(t, nil), func(f func()) { f() })
		pressed := 0
		show := func(screen, id string, disabled bool) *TouchKey {
			key := NewTouchKey("Charge", PrimaryKey, func() { pressed++ })
			if disabled {
				key.Disable()
			}
			stage.Show(screen, container.NewStack(key), Control{id, fyne.CanvasObject(key)})
			return key
		}
		former := show("amount", "charge", false)
		former.MouseDown(held)
		now := show(c.next, c.id, c.disabled)
		if wants := c.next == "amount" && c.id == "charge" && !c.disabled; now.down != wants {
			t.Errorf("%s: looks pressed: %v", name, now.down)
		}
		c.finger(former, now)
		if pressed != c.pressed {
			t.Errorf("%s: pressed %d times, want %d", name, pressed, c.pressed)
		}
		if name != "never let go of" && now.down {
			t.Errorf("%s: still looks pressed", name)
		}
	}

	// Over two screens, and then no more.
	stage := NewStage(test.NewTempWindow(t, nil), func(f func()) { f() })
	pressed := 0
	var keys []*TouchKey
	for range 4 {
		keys = append(keys, NewTouchKey("Charge", PrimaryKey, func() { pressed++ }))
		stage.Show("amount", container.NewStack(keys[len(keys)-1]), Control{"charge", keys[len(keys)-1]})
		switch len(keys) {
		case 1:
			keys[0].MouseDown(held)
		case 3:
			keys[0].MouseOut()
			keys[2].MouseIn(held)
			keys[2].MouseUp(held)
		}
	}
	keys[3].MouseUp(held)
	// One that was replaced under a finger, and comes back, is under none.
	stage.Show("amount", container.NewStack(keys[0]), Control{"charge", keys[0]})
	stage.Show("amount", container.NewStack(keys[3]), Control{"charge", keys[3]})
	keys[3].MouseUp(held)
	if pressed != 1 {
		t.Errorf("over two screens: pressed %d times", pressed)
	}
}
