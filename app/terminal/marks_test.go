package main

import (
	"testing"

	"countersign/app/terminal/office"
	"countersign/devices/printer"
	"countersign/devices/printer/escpos"
)

// A drawer that is open is no mark at the counter, and one of the manager's page; it hides no
// paper that runs low.
func TestDrawerMarks(t *testing.T) {
	for _, c := range []struct {
		state   printer.State
		printer string
		drawer  bool
	}{
		{printer.State{Phase: printer.PhaseOpening, Word: printer.WordOpening}, "", false},
		{printer.State{Phase: printer.PhaseReady, Word: printer.WordReady}, "", false},
		{printer.State{Phase: printer.PhaseReady, Word: printer.WordPaperLow}, "receipt.printer.paper-low", false},
		{printer.State{Phase: printer.PhaseReady, Word: printer.WordDrawerOpen, DrawerOpen: true}, "", true},
		{printer.State{Phase: printer.PhaseReady, Word: printer.WordDrawerOpen, DrawerOpen: true, Status: escpos.Status{PaperLow: true}}, "receipt.printer.paper-low", true},
		{printer.State{Phase: printer.PhaseAttention, Word: printer.WordPaperOut, DrawerOpen: true}, "receipt.printer.paper-out", true},
		{printer.State{Phase: printer.PhaseLost, Word: printer.WordLost, DrawerOpen: true}, "receipt.printer.lost", false},
	} {
		if have := printerWord(c.state); have != c.printer {
			t.Errorf("%+v: the printer's word is %q", c.state, have)
		}
		marks := drawerMarks(c.state)
		if (len(marks) == 1) != c.drawer || c.drawer && (marks[0].ID != office.Drawer || marks[0].Word != "receipt.printer.drawer-open" || marks[0].Bad) {
			t.Errorf("%+v: the drawer's are %+v", c.state, marks)
		}
	}
}
