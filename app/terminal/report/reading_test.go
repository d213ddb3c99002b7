package report

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Guarantee 6: a report reads its shift, and no old ones.
func TestReadsItsShiftOnly(t *testing.T) {
	s := newShop(t).open()
	s.shift(0)
	for range 3000 {
		s.cash(1)
	}
	s.z(0)
	s.shift(0)
	for range 100 {
		s.cash(1)
	}
	for what, do := range map[string]func(){"X": func() { s.x() }, "opening": s.openBooks} {
		s.journal.read = 0
		do()
		if s.journal.read > 3*least {
			t.Errorf("%s reads %d records", what, s.journal.read)
		}
	}
	s.journal.read = 0
	if z := s.z(100); z.Taken() != 100 || z.GrandTotal != 3100 || s.journal.read > 3*least {
		t.Errorf("a Z of %d reads %d records", z.Taken(), s.journal.read)
	}
	s.close()
}

// A journal from before there were Zs has those of its old shifts made, in their order.
func TestOldJournal(t *testing.T) {
	s := newShop(t).open()
	for range 3 {
		s.shift(0)
		s.cash(7)
		_, err := s.desk.CloseShift(t.Context(), staff.Uncounted)
		s.must(err)
	}
	s.shift(0)
	s.close()
	s.open()
	defer s.close()
	if have := s.zs(); have != " 1:1 2:2 3:3" {
		t.Errorf("have %s", have)
	}
	if z := s.z(0); z.Number != 4 || z.GrandTotal != 21 {
		t.Errorf("have %+v", z.Report)
	}
}

// Zs are listed newest first, page by page, without reading the journal for each.
func TestListing(t *testing.T) {
	s := newShop(t).open()
	if list, err := s.books.Zs(t.Context(), 0, 5); err != nil || len(list) != 0 {
		t.Errorf("before the first: %v, %v", list, err)
	}
	for range 7 {
		s.shift(0)
		for range 300 {
			s.cash(1)
		}
		s.z(0)
	}
	s.close()
	s.open()
	defer s.close()
	s.journal.read = 0
	var have []uint64
	for before := uint64(0); ; {
		list, err := s.books.Zs(t.Context(), before, 3)
		s.must(err)
		for _, z := range list {
			if z.Taken() != 300 || z.Shift != z.Number || z.Record <= z.Last {
				t.Errorf("have %+v", z)
			}
			have = append(have, z.Number)
		}
		if before = have[len(have)-1]; before == 1 {
			break
		}
	}
	if !slices.Equal(have, []uint64{7, 6, 5, 4, 3, 2, 1}) || s.journal.read > 200 {
		t.Errorf("have %v, of %d records", have, s.journal.read)
	}
	if list, err := s.books.Zs(t.Context(), 3, 9); err != nil || len(list) != 2 || list[0].Number != 2 {
		t.Errorf("below 3: %v, %v", list, err)
	}
	if list, err := s.books.Zs(t.Context(), 1, 9); err != nil || len(list) != 0 {
		t.Errorf("below 1: %v, %v", list, err)
	}
}

// An event that the journal has twice closes one shift.
func TestClosedTwice(t *testing.T) {
	s := newShop(t).open()
	s.shift(0)
	s.z(5)
	twice := staff.Event{Sequence: 9, Kind: staff.ShiftClosed, At: s.clock(), By: "A-01", Shift: 1, Drawer: staff.Drawer{Counted: 5}}
	s.must(recorder{s.journal.Journal}.Record(t.Context(), twice))
	s.close()
	s.open()
	defer s.close()
	s.shift(0)
	s.z(0)
	if have := s.zs(); have != " 1:1 2:2" {
		t.Errorf("have %s", have)
	}
}

// Verify finds a Z of another key, and one that is not after the one before.
func TestVerifyRefuses(t *testing.T) {
	s := newShop(t).open()
	defer s.close()
	s.shift(0)
	z := s.z(0)
	public, err := protocol.NewKey(&newShop(t).key.PublicKey)
	s.must(err)
	if _, err := Verify(t.Context(), s.journal, public, ""); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	again := sale.Entry{Event: sale.EventZ, At: s.clock(), Report: &sale.ReportOf{Number: 1, Signed: z.Message.Bytes()}}
	s.must(s.journal.Append(t.Context(), again))
	public, err = protocol.NewKey(&s.key.PublicKey)
	s.must(err)
	if _, err := Verify(t.Context(), s.journal, public, ""); !errors.Is(err, protocol.ErrOtherRequest) {
		t.Errorf("a second time: %v", err)
	}
}

// More open sales than a Z has room for do not keep it from being made.
func TestManyOpen(t *testing.T) {
	s := newShop(t).open()
	defer s.close()
	s.shift(0)
	for range protocol.MaxZOpen + 5 {
		s.add(sale.Entry{Sale: s.journal.NextNumber(), Event: sale.EventSubmission, Amount: 1})
	}
	z := s.z(0)
	if len(z.Unknown) != protocol.MaxZOpen || len(z.Differences) != 1 || !strings.HasPrefix(z.Differences[0], MoreOpen+" count=5") {
		t.Errorf("%d open, %q", len(z.Unknown), z.Differences)
	}
}

// Without staff there are X reports and no Z.
func TestWithoutStaff(t *testing.T) {
	s := newShop(t)
	s.openJournal(journal.Options{Reserve: 4096})
	defer s.close()
	o := s.options
	o.Journal = s.journal
	books, err := Open(t.Context(), o)
	s.must(err)
	x, err := books.X(t.Context())
	if err != nil || x.First != 1 || x.Last != 0 || len(x.Rails) != 3 || !x.Cash.Uncounted {
		t.Errorf("an empty one: %+v, %v", x, err)
	}
	s.cash(100)
	if x, err = books.X(t.Context()); err != nil || x.Taken() != 100 || x.Shift != 0 || x.Last != 1 || x.From.Before(morning) {
		t.Errorf("have %+v, %v", x, err)
	}
	if _, there := books.Last(); there {
		t.Error("there is a Z")
	}
}

// A report's drawer is written with every sum, as scripts that read it expect, and reads back.
func TestDrawerWritten(t *testing.T) {
	for text, d := range map[string]Drawer{
		`{"sales":0,"refunds":0,"in":0,"out":0,"expected":0,"opened":0,"uncounted":true,"float":0,"counted":0,"difference":0}`: {Drawer: staff.Drawer{Uncounted: true}},
		`{"sales":2000,"refunds":500,"in":0,"out":700,"expected":20800,"opened":1,"float":20000,"counted":20600,"difference":-200}`: {
			Drawer: staff.Drawer{Float: 20_000, Counted: 20_600, Difference: -200}, Sales: 2000, Refunds: 500, Out: 700, Expected: 20_800, Opened: 1},
	} {
		have, err := json.Marshal(d)
		var sorted, wanted map[string]any
		if err != nil || json.Unmarshal(have, &sorted) != nil || json.Unmarshal([]byte(text), &wanted) != nil || !reflect.DeepEqual(sorted, wanted) {
			t.Errorf("have %s, %v; want %s", have, err, text)
		}
		var back Drawer
		if err := json.Unmarshal([]byte(text), &back); err != nil || back != d {
			t.Errorf("have %+v, %v; want %+v", back, err, d)
		}
	}
}
