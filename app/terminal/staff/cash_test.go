package staff

import (
	"encoding/json"
	"errors"
	"testing"

	"countersign/protocol"
)

// A shift keeps its float, its count and the difference that its Z has said, over restarts,
// and the events tell the first two.
func TestShiftWithCash(t *testing.T) {
	c := newCounter(t)
	signIn := func() {
		if _, err := c.SignIn(t.Context(), anna, []byte(annas)); err != nil {
			t.Fatal(err)
		}
	}
	signIn()
	for _, float := range []protocol.Amount{-1, protocol.MaxMinor + 1} {
		if _, err := c.OpenShift(t.Context(), float); !errors.Is(err, ErrCash) || c.Shift().Open() {
			t.Errorf("float %d: %v", float, err)
		}
	}
	if s, err := c.OpenShift(t.Context(), 20_000); err != nil || s.Float != 20_000 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, counted := range []protocol.Amount{-2, protocol.MaxMinor + 1} {
		if _, err := c.CloseShift(t.Context(), counted); !errors.Is(err, ErrCash) || !c.Shift().Open() {
			t.Errorf("counted %d: %v", counted, err)
		}
	}
	if err := c.SetDifference(t.Context(), 1, 5); err != nil || c.Shift().Difference != 0 {
		t.Errorf("a difference of an open shift: %+v, %v", c.Shift(), err)
	}
	if s, err := c.CloseShift(t.Context(), 0); err != nil || s.Counted != 0 || s.Uncounted || s.Float != 20_000 {
		t.Errorf("an empty drawer: %+v, %v", s, err)
	}
	if err := c.SetDifference(t.Context(), 1, -20_000); err != nil {
		t.Fatal(err)
	}
	if err := c.SetDifference(t.Context(), 7, 1); err != nil {
		t.Fatal(err)
	}
	c.reopen()
	if s := c.Shift(); s.Difference != -20_000 || s.Float != 20_000 || s.Counted != 0 {
		t.Errorf("after a restart: %+v", s)
	}
	signIn()
	if s, err := c.OpenShift(t.Context(), 0); err != nil || s.Difference != 0 || s.Float != 0 {
		t.Errorf("the next: %+v, %v", s, err)
	}
	if s, err := c.CloseShift(t.Context(), Uncounted); err != nil || !s.Uncounted || s.Counted != 0 {
		t.Errorf("nobody has counted: %+v, %v", s, err)
	}
	var told []Event
	for _, e := range c.book.events {
		if e.Kind == ShiftOpened || e.Kind == ShiftClosed {
			told = append(told, e)
		}
	}
	if len(told) != 4 || told[0].Float != 20_000 || told[1].Counted != 0 || told[1].Uncounted || !told[3].Uncounted {
		t.Errorf("told %+v", told)
	}
}

// Who may handle the drawer.
func TestPermissionsOfCash(t *testing.T) {
	for _, c := range []struct {
		what                        Permission
		cashier, manager, installer bool
	}{
		{OpenDrawer, true, true, false}, {MoveCash, false, true, false}, {SeeLog, false, true, false}, {Train, true, true, false},
	} {
		if have := [3]bool{Cashier.May(c.what), Manager.May(c.what), Installer.May(c.what)}; have != [3]bool{c.cashier, c.manager, c.installer} {
			t.Errorf("%s: %v", c.what, have)
		}
	}
}

// A shift that was kept before there was cash reads as it did.
func TestOldShift(t *testing.T) {
	const kept = `{"number":3,"opened_by":"A-01","opened":"2026-11-21T09:41:07.123456789Z","closed_by":"B-02","closed":"2026-11-21T09:41:07.123456789Z"}`
	var s Shift
	if err := json.Unmarshal([]byte(kept), &s); err != nil || s.Number != 3 || s.Open() || s.Float != 0 || s.Uncounted {
		t.Errorf("%+v, %v", s, err)
	}
	if again, err := json.Marshal(s); err != nil || string(again) != kept {
		t.Errorf("have %s, %v", again, err)
	}
}

// What was kept of a drawer reads as it did, of a shift and of an event.
func TestOldDrawer(t *testing.T) {
	const shift = `{"number":4,"opened_by":"A-01","opened":"2026-11-21T09:41:07.123456789Z","closed_by":"B-02","closed":"2026-11-21T19:02:10.000000001Z","float":20000,"counted":867300,"difference":-500}`
	const open = `{"sequence":11,"kind":"shift-opened","at":"2026-11-21T09:41:07.123456789Z","by":"A-01","shift":4,"float":20000}`
	const closed = `{"sequence":19,"kind":"shift-closed","at":"2026-11-21T19:02:10.000000001Z","by":"B-02","shift":4,"counted":867300}`
	const uncounted = `{"sequence":27,"kind":"shift-closed","at":"2026-11-22T19:02:10.000000001Z","by":"B-02","shift":5,"uncounted":true}`
	for _, c := range []struct {
		kept string
		want Drawer
		into any
		have func(any) Drawer
	}{
		{shift, Drawer{Float: 20_000, Counted: 867_300, Difference: -500}, &Shift{}, func(v any) Drawer { return v.(*Shift).Drawer }},
		{open, Drawer{Float: 20_000}, &Event{}, func(v any) Drawer { return v.(*Event).Drawer }},
		{closed, Drawer{Counted: 867_300}, &Event{}, func(v any) Drawer { return v.(*Event).Drawer }},
		{uncounted, Drawer{Uncounted: true}, &Event{}, func(v any) Drawer { return v.(*Event).Drawer }},
	} {
		if err := json.Unmarshal([]byte(c.kept), c.into); err != nil || c.have(c.into) != c.want {
			t.Errorf("%s: have %+v, %v", c.kept, c.have(c.into), err)
		}
		if again, err := json.Marshal(c.into); err != nil || string(again) != c.kept {
			t.Errorf("have\n%s, %v, was\n%s", again, err, c.kept)
		}
	}
}
