package sale

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Entries that were written before there were bills, cash and Zs read back and are written
// byte for byte the same: a journal accepts no others.
func TestOldEntriesStay(t *testing.T) {
	text, err := os.ReadFile("testdata/entries-before-bills.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(e)
		if err != nil || string(again) != line {
			t.Errorf("have\n%s, %v, was\n%s", again, err, line)
		}
	}
}

// And so do new ones.
func TestEntriesReadBack(t *testing.T) {
	for _, e := range []Entry{
		{Sale: 1, Event: EventCashSold, Amount: 700, Tip: 100, Items: []Item{{"tea", 1, 600, 0}}, Tax: []TaxLine{{0, 600, 0}}, Ending: Paid, Cash: &CashOf{700, 0, ""}},
		{Sale: 2, Event: EventCashRefunded, Amount: 1, Refund: &RefundOf{Sale: 1, Rail: RailCash}, Cash: &CashOf{}, Ending: Refunded},
		{Event: EventCashOut, Amount: 1, Cash: &CashOf{Reason: "银行"}}, {Event: EventZ, Report: &ReportOf{Number: 1, Signed: []byte{1}}},
		{Event: EventReprinted, Of: 7, Training: true},
		{Event: Event(staff.ShiftClosed), Staff: &staff.Event{Kind: staff.ShiftClosed, Drawer: staff.Drawer{Float: 1, Counted: 2, Uncounted: true}}},
	} {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Entry
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(back); err != nil || string(again) != string(text) {
			t.Errorf("have\n%s, %v, was\n%s", again, err, text)
		}
	}
}

func TestRailOfEntries(t *testing.T) {
	for want, entries := range map[Rail][]Entry{
		RailScan: {{Sale: 1, Event: EventKeyed}, {Sale: 1, ByPIN: true}, {Sale: 2, Refund: &RefundOf{}}, {Sale: 2, Refund: &RefundOf{Rail: RailScan}}},
		RailTap:  {{Sale: 1, Tap: &TapOf{}}, {Sale: 2, Refund: &RefundOf{Rail: RailTap}}},
		RailCash: {{Sale: 1, Cash: &CashOf{}}, {Event: EventDrawer, Cash: &CashOf{}}, {Sale: 2, Refund: &RefundOf{Rail: RailCash}, Cash: &CashOf{}}},
		"":       {{Event: EventAlertRaised, Amount: protocol.Amount(1)}, {Event: EventPrinted, Of: 1}},
	} {
		for _, e := range entries {
			if have := e.Rail(); have != want {
				t.Errorf("%+v is by %q, want %q", e, have, want)
			}
		}
	}
}
