package screens

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// counter is an office in a window, and everything behind it.
type counter struct {
	t *testing.T
	*Office
	shop *shop
	loop *loop
	left int
}

func book(t testing.TB, language string) assets.Phrasebook {
	t.Helper()
	b, err := assets.Phrases(language)
	if err != nil {
		t.Fatal(err)
	}
	return b.Strict()
}

func newCounter(t *testing.T, language string, look widgets.Appearance, who staff.Role, many int) *counter {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(look))
	window := test.NewTempWindow(t, nil)
	window.SetPadded(false)
	c := &counter{t: t, shop: newShop(many), loop: newLoop()}
	s := c.shop
	c.Office = New(widgets.NewStage(window, c.loop.do), Setup{Shop: "Corner Café", Currency: money.CNY, Books: s, Now: func() time.Time { return now }, Location: time.UTC,
		Members: func() []office.Colleague {
			return locked(s, func() []office.Colleague { return slices.Clone(s.members) })
		},
		Shift:       func() staff.Shift { return locked(s, func() staff.Shift { return s.shift }) },
		Devices:     func() []office.Device { return s.devices },
		Preferences: func() office.Preferences { return locked(s, func() office.Preferences { return s.prefs }) },
		Findings: func() []journal.Finding {
			return locked(s, func() []journal.Finding { return slices.Clone(s.findings) })
		},
		Folders: func() []office.Folder { return s.folders }, Chart: chart}, s)
	window.Resize(fyne.NewSize(1280, 800))
	window.Canvas().SetOnTypedKey(c.TypedKey)
	window.Canvas().SetOnTypedRune(c.TypedRune)
	t.Cleanup(func() {
		c.Close()
		c.Wait()
	})
	id := map[staff.Role]protocol.ID{staff.Manager: anna, staff.Cashier: "chen", staff.Installer: "technik-dresden1"}[who]
	c.Open(book(t, language), staff.Member{ID: id, Role: who, Since: now}, func() { c.left++ })
	c.settle()
	return c
}

// settle waits until every question has its answer.
func (c *counter) settle() {
	c.t.Helper()
	c.loop.until(c.t, "answers on "+c.stage.Screen(), func() bool {
		busy, is := c.top().(interface{ busy() bool })
		return len(c.asks) == 0 && (!is || !busy.busy())
	})
}

// press presses controls by their names, as a finger does, and waits for what follows.
func (c *counter) press(ids ...string) {
	c.t.Helper()
	for _, id := range ids {
		c.touch(id)
		c.settle()
	}
}

// touch presses one and waits for nothing.
func (c *counter) touch(id string) {
	c.t.Helper()
	for _, control := range c.controls {
		if control.ID != id {
			continue
		}
		if d, can := control.Object.(fyne.Disableable); can && d.Disabled() {
			c.t.Fatalf("%s on %s cannot be pressed now", id, c.stage.Screen())
		}
		if _, shown := c.stage.Targets()[id]; !shown {
			c.t.Fatalf("%s on %s cannot be seen", id, c.stage.Screen())
		}
		test.Tap(control.Object.(fyne.Tappable))
		return
	}
	var have []string
	for _, control := range c.controls {
		have = append(have, control.ID)
	}
	c.t.Fatalf("%s has no %s but %v", c.stage.Screen(), id, have)
}

// types types on the keyboard: a name of a key in brackets, or characters.
func (c *counter) types(keys ...string) {
	c.t.Helper()
	for _, k := range keys {
		if name, ok := strings.CutPrefix(k, "<"); ok {
			event := &fyne.KeyEvent{Name: fyne.KeyName(strings.TrimSuffix(name, ">"))}
			if f := c.stage.Window().Canvas().Focused(); f != nil {
				f.TypedKey(event)
			} else {
				c.TypedKey(event)
			}
		} else {
			for _, r := range k {
				c.TypedRune(r)
			}
		}
		c.settle()
	}
}
