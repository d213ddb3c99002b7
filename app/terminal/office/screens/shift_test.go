package screens

import (
	"context"
	"image"
	"testing"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
)

// A shift is closed with what was counted; a difference shows before and after, and the next is opened with a float.
func TestShift(t *testing.T) {
	c := manager(t)
	c.countDrawer()
	c.press("primary")
	c.says("¥2.70 is missing", "¥1,188.00", "¥1,185.30")
	c.press("recount")
	c.press("piece.10c", "key.0", "piece.100c", "key.3", "primary") // three coins of one instead
	c.says("The count is right.")
	c.press("recount", "piece.100c", "key.4", "primary")
	c.says("¥1.00 too much")
	c.types("<Return>")
	c.says("Shift 12 closed", "¥1.00 too much")
	c.types("<Return>")
	c.screen("menu")
	c.press("menu.shift")
	c.says("No shift is open", "¥1.00 too much")
	c.press("primary", "total")
	c.types("20000", "<Return>")
	c.says("Shift 13 is open", "¥200.00")
	if s := c.Shift(); !s.Open() || s.Float != 20000 || s.Number != 13 {
		t.Errorf("shift %+v", s)
	}
}

// Reports are listed in pages, shown, printed and saved.
func TestReports(t *testing.T) {
	c := manager(t)
	c.press("menu.reports")
	many := c.top().(*reportsPage).rows()
	c.types("<Next>")
	if got := c.top().(*reportsPage).list[0].Number; got != uint64(11-many) {
		t.Errorf("the second page begins with Z %d", got)
	}
	c.press("newer", "z.0", "save", "option.folder.0")
	c.says("Saved: /media/KINGSTON/z-000011.pdf")
	c.shop.printer = office.ErrNoPrinter
	c.press("primary")
	c.says("The printer does not answer.")
	if did := c.shop.done(); did != "save z 11; print z 11" {
		t.Errorf("did %q", did)
	}
}

// What is written is what the log shows.
func TestExport(t *testing.T) {
	c := manager(t)
	c.press("menu.log", "filter.rail", "option.tap", "export", "jsonl", "folder.1", "primary")
	c.says("Exported", "/var/lib/countersign/exports/sales-2026-11-22.jsonl")
	if c.shop.exported.Rail != sale.RailTap {
		t.Errorf("exported %+v", c.shop.exported)
	}
}

// A chart is drawn for what was chosen, of the size that there is, and none of days to come.
func TestCharts(t *testing.T) {
	c := manager(t)
	asked := make(chan office.ChartAsk, 20)
	c.Chart = func(ctx context.Context, ask office.ChartAsk) (image.Image, error) {
		asked <- ask
		return chart(ctx, ask)
	}
	c.press("menu.charts")
	if ask := <-asked; ask.Kind != office.ByHour || ask.To.Sub(ask.From) != 24*time.Hour || ask.Size.X != 1232 {
		t.Errorf("asked for %+v", ask)
	}
	c.press("chart.by-day") // of a week: one column says nothing
	if ask := <-asked; ask.Kind != office.ByDay || ask.From.Day() != 16 || ask.To.Day() != 23 {
		t.Errorf("asked for %+v", ask)
	}
	c.types("<Prior>")
	if ask := <-asked; ask.From.Day() != 9 {
		t.Errorf("asked for %+v", ask)
	}
	c.press("later", "span.month", "chart.refusals")
	<-asked
	<-asked
	if ask := <-asked; ask.Kind != office.Refusals || ask.From.Day() != 1 || ask.To.Month() != 12 {
		t.Errorf("asked for %+v", ask)
	}
	c.types("<Next>") // lies ahead
	if len(asked) != 0 {
		t.Error("asked for a month to come")
	}
}

// One is said otherwise than several.
func TestCounted(t *testing.T) {
	c := manager(t)
	for want, p := range map[string]logbook.Problems{
		"1 unknown, 1 reversal pending, 1 tap not sent yet, 1 tap not credited":    {Unknown: 1, Reversals: 1, Uncleared: 1, Uncredited: 1},
		"2 unknown, 2 reversals pending, 3 taps not sent yet, 4 taps not credited": {Unknown: 2, Reversals: 2, Uncleared: 3, Uncredited: 4},
	} {
		if have := c.sayProblems(p); have != want {
			t.Errorf("said %q, want %q", have, want)
		}
	}
	if one, two := c.counted(1, "office.devices.wrong-one", "office.devices.wrong"), c.counted(2, "office.devices.wrong-one", "office.devices.wrong"); one != "1 needs attention" || two != "2 need attention" {
		t.Errorf("%q, %q", one, two)
	}
}

// A report's differences are told in sentences.
func TestDifferencesOfAReport(t *testing.T) {
	c := manager(t)
	c.press("menu.reports", "z.0")
	c.says("Sale 001271: ¥78.00 here, ¥87.00 at settlement.")
}
