package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/assets"
	"countersign/protocol/money"
)

// Every ending, state, rail, event, role, reason and error has its words in every language.
func TestEverythingHasWords(t *testing.T) {
	for _, language := range assets.Languages() {
		book, err := assets.Phrases(language.Tag)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, e := range append(Endings(), "") {
			keys = append(keys, SayEnding(e))
		}
		for _, r := range append(Rails(), "") {
			keys = append(keys, SayRail(r))
		}
		for _, e := range sale.Events() {
			keys = append(keys, SayEvent(e))
		}
		for _, k := range []staff.Kind{staff.Added, staff.Removed, staff.PINChanged, staff.Unlocked, staff.SignedIn, staff.SignedOut, staff.Refused, staff.StillLocked,
			staff.RefundApproved, staff.ShiftOpened, staff.ShiftClosed} {
			keys = append(keys, SayStaff(k))
		}
		for _, r := range []staff.Role{staff.Cashier, staff.Manager, staff.Installer} {
			keys = append(keys, SayRole(r), SayMay(r))
		}
		for _, err := range []error{staff.ErrRefused, staff.ErrShift, sale.ErrTooMuch, ErrNoPrinter, ErrFolder, errors.New("anything")} {
			keys = append(keys, Trouble(fmt.Errorf("doing: %w", err)))
		}
		for _, d := range []string{Settlement, Network, Camera, Sensor, Reader, Printer, Drawer, Speaker, Imager, Display, SecureUnit, Clock} {
			keys = append(keys, "office.device."+d)
		}
		for k := range findings() {
			keys = append(keys, SayFinding(k)+".title", SayFinding(k)+".text")
		}
		for _, c := range Charts() {
			keys = append(keys, "office.chart."+string(c))
		}
		for _, s := range Spans() {
			keys = append(keys, "office.span."+string(s))
		}
		for i := range 12 {
			keys = append(keys, fmt.Sprintf("office.month.%d", i+1))
		}
		for i := range 7 {
			keys = append(keys, fmt.Sprintf("office.weekday.%d", i+1))
		}
		for _, p := range Pages(staff.Manager) {
			keys = append(keys, "office.menu."+string(p), "office.menu-detail."+string(p))
		}
		for _, key := range append(keys, Reasons()...) {
			if !book.Has(key) {
				t.Errorf("%s has no %s", language.Tag, key)
			}
		}
		for _, r := range reason.All() {
			heading, text := ReasonWords(book.Strict(), r, money.Amount{Minor: 100, Currency: money.CNY})
			if heading == "" || text == "" || heading == string(r) {
				t.Errorf("%s of %s: %q %q", r, language.Tag, heading, text)
			}
		}
	}
	if Trouble(&staff.LockedError{}) != "office.trouble.locked" {
		t.Error("a locked name is not told of")
	}
	if Trouble(context.Canceled) != "office.trouble.other" {
		t.Error("an unknown error is told as a known one")
	}
}

// A reason is found by its words in the language of whoever looks, but not by a number.
func TestReasonsThatSay(t *testing.T) {
	for language, text := range map[string]string{"en": "not enough MONEY", "zh": "余额不足", "de": "guthaben"} {
		book, err := assets.Phrases(language)
		if err != nil {
			t.Fatal(err)
		}
		heading, _ := ReasonWords(book, sale.ReasonFunds, money.Amount{})
		if language == "de" {
			text = heading
		}
		if language == "zh" {
			text = heading
		}
		if list := ReasonsThatSay(book, text); !slices.Contains(list, sale.ReasonFunds) {
			t.Errorf("%q in %s finds %v", text, language, list)
		}
		if list := ReasonsThatSay(book, "12"); len(list) != 0 {
			t.Errorf("12 in %s finds %v", language, list)
		}
	}
}

// Days, weeks and months begin and end where they do, also where the clocks change.
func TestSpans(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		span         Span
		in, from, to string
		hours        float64
	}{
		{Day, "2026-11-22 17:41", "2026-11-22 00:00", "2026-11-23 00:00", 24},
		{Day, "2026-10-25 12:00", "2026-10-25 00:00", "2026-10-26 00:00", 25},
		{Day, "2026-03-29 12:00", "2026-03-29 00:00", "2026-03-30 00:00", 23},
		{Week, "2026-11-22 17:41", "2026-11-16 00:00", "2026-11-23 00:00", 168},
		{Week, "2026-01-01 00:00", "2025-12-29 00:00", "2026-01-05 00:00", 168},
		{Month, "2026-12-31 23:59", "2026-12-01 00:00", "2027-01-01 00:00", 744},
		{Month, "2028-02-29 00:00", "2028-02-01 00:00", "2028-03-01 00:00", 696},
	} {
		from, to := tt.span.Of(at(tt.in))
		if !from.Equal(at(tt.from)) || !to.Equal(at(tt.to)) || to.Sub(from).Hours() != tt.hours {
			t.Errorf("%s of %s is %v to %v", tt.span, tt.in, from, to)
		}
		if back := tt.span.Step(tt.span.Step(at(tt.in), 1), -1); !back.Equal(from) {
			t.Errorf("%s of %s on and back is %v", tt.span, tt.in, back)
		}
	}
	for month, want := range map[string]int{"2027-02-10 00:00": 4, "2026-11-22 00:00": 6, "2026-12-01 00:00": 5} {
		weeks := Weeks(at(month))
		if len(weeks) != want || weeks[0][0].Weekday() != time.Monday {
			t.Errorf("%s has %d weeks from %v", month, len(weeks), weeks[0][0])
		}
	}
}

// A count is worth what its pieces are, each piece is listed once, and nothing out of range is taken.
func TestCount(t *testing.T) {
	for _, code := range []string{"CNY", "EUR", "USD", "GBP", "CHF", "JPY", "HKD"} {
		c, err := money.CurrencyByCode(code)
		if err != nil {
			t.Fatal(err)
		}
		count := NewCount(c)
		var want int64
		before := map[Piece]bool{}
		for i, p := range count.Pieces() {
			if before[p] || p.Worth.Minor <= 0 || i > 0 && !p.Coin && count.Pieces()[i-1].Worth.Minor < p.Worth.Minor {
				t.Errorf("%s: %v is out of its order", code, p)
			}
			before[p] = true
			if !count.Set(i, int64(i)) || count.Set(i, MostPieces+1) || count.Set(i, -1) {
				t.Errorf("%s: %v is counted wrongly", code, p)
			}
			want += int64(i) * p.Worth.Minor
		}
		if int64(count.Sum()) != want || want == 0 {
			t.Errorf("%s comes to %d, want %d", code, count.Sum(), want)
		}
	}
	if c, err := money.CurrencyByCode("XAF"); err == nil && len(NewCount(c).Pieces()) != 0 {
		t.Error("a currency whose pieces are not known is counted by them")
	}
}

// An installer touches no money, a cashier sees no reports, a manager sees all.
func TestPages(t *testing.T) {
	if got := Pages(staff.Installer); !slices.Equal(got, []Page{Devices, Settings, OwnPIN}) {
		t.Errorf("an installer is offered %v", got)
	}
	if got := Pages(staff.Cashier); slices.Contains(got, Reports) || slices.Contains(got, Staff) || !slices.Contains(got, Log) {
		t.Errorf("a cashier is offered %v", got)
	}
	if got := Pages(staff.Manager); len(got) != 9 {
		t.Errorf("a manager is offered %v", got)
	}
	if got := Pages(""); len(got) != 0 {
		t.Errorf("nobody is offered %v", got)
	}
}

// Each kind of finding is told once, the newest first, and those that are only for the log are not.
func TestToSee(t *testing.T) {
	all := []journal.Finding{
		{Kind: journal.FoundReplayed, Record: 1}, {Kind: journal.FoundCopyCompleted, Alert: true, Record: 2}, {Kind: journal.FoundBroken, Alert: true, Record: 3},
		{Kind: journal.FoundCopyRebuilt, Alert: true, Record: 4}, {Kind: journal.FoundCopyMade, Record: 5},
	}
	var records []uint64
	for _, f := range ToSee(all) {
		records = append(records, f.Record)
	}
	if !slices.Equal(records, []uint64{4, 3}) {
		t.Errorf("tells of records %v", records)
	}
	if SayFinding("of tomorrow") != "office.finding.broken" {
		t.Error("an unknown finding is not told")
	}
}
