package charts

import (
	"context"
	"errors"
	"image"
	"image/draw"
	"slices"
	"testing"
	"time"

	"countersign/app/terminal/chart"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// A week is a book of columns of the same takings, which notes what it was asked.
type week struct {
	asked []string
	err   error
}

func (w *week) Takings(_ context.Context, from, to time.Time, by logbook.Unit) (list []logbook.Takings, err error) {
	step := map[logbook.Unit]time.Duration{logbook.ByHour: time.Hour, logbook.ByDay: 24 * time.Hour}[by]
	w.asked = append(w.asked, step.String())
	for at := from; at.Before(to); at = at.Add(step) {
		list = append(list, logbook.Takings{From: at, To: at.Add(step), Count: 1, Rails: map[sale.Rail]protocol.Sum{sale.RailScan: 700, sale.RailCash: 50}})
	}
	return list, w.err
}

func (w *week) Refusals(context.Context, time.Time, time.Time) (map[sale.Reason]int, error) {
	w.asked = append(w.asked, "refusals")
	return map[sale.Reason]int{sale.ReasonFunds: 2, sale.ReasonFinger: 9}, w.err
}

var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

func english(t *testing.T) assets.Phrasebook {
	t.Helper()
	book, err := assets.Phrases("en")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// Each kind asks the book for what it needs, and is another picture.
func TestOf(t *testing.T) {
	var seen []*image.RGBA
	for _, kind := range []struct {
		kind  office.Chart
		asked string
	}{{office.ByDay, "24h0m0s"}, {office.ByHour, "1h0m0s"}, {office.ByRail, "24h0m0s"}, {office.Refusals, "refusals"}} {
		book := &week{}
		ask := office.ChartAsk{Kind: kind.kind, From: monday, To: monday.AddDate(0, 0, 7), Size: image.Pt(600, 300), Scale: 1, Book: english(t)}
		picture, err := Of(book, money.CNY)(t.Context(), ask)
		if err != nil {
			t.Fatalf("%v: %v", kind.kind, err)
		}
		if !slices.Equal(book.asked, []string{kind.asked}) {
			t.Errorf("%v: asked %q, want %q", kind.kind, book.asked, kind.asked)
		}
		if picture.Bounds().Size() != ask.Size {
			t.Errorf("%v: a picture of %v", kind.kind, picture.Bounds())
		}
		same := image.NewRGBA(picture.Bounds())
		draw.Draw(same, same.Bounds(), picture, picture.Bounds().Min, draw.Src)
		for _, other := range seen {
			if slices.Equal(other.Pix, same.Pix) {
				t.Errorf("%v is drawn as another kind is", kind.kind)
			}
		}
		seen = append(seen, same)
		if _, err := Of(&week{err: errors.ErrUnsupported}, money.CNY)(t.Context(), ask); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v: the book's error is lost: %v", kind.kind, err)
		}
	}
}

func TestHoursOfDay(t *testing.T) {
	columns, err := new(week).Takings(t.Context(), monday.Add(22*time.Hour), monday.Add(50*time.Hour), logbook.ByHour) // from 22:00 to 2:00 of the day but one
	if err != nil {
		t.Fatal(err)
	}
	day := hoursOfDay(columns)
	if len(day) != 24 {
		t.Fatalf("%d hours", len(day))
	}
	for hour, h := range day {
		times := 1
		if hour >= 22 || hour < 2 {
			times = 2
		}
		if h.From.Hour() != hour || h.Count != times || h.Rails[sale.RailScan] != protocol.Sum(700*times) || h.Rails[sale.RailCash] != protocol.Sum(50*times) {
			t.Errorf("%d o'clock: %+v, want %d times as much as one hour", hour, h, times)
		}
	}
}

// The sums of a share chart are those of all days; refusals are sorted, the most frequent first.
func TestParts(t *testing.T) {
	columns, err := new(week).Takings(t.Context(), monday, monday.AddDate(0, 0, 7), logbook.ByDay)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for _, rail := range office.Rails() {
		want[english(t).Say(office.SayRail(rail))] = map[sale.Rail]int64{sale.RailScan: 4900, sale.RailCash: 350}[rail]
	}
	parts := shares(columns, money.CNY, english(t))
	for _, part := range parts.Parts {
		if part.Value != want[part.Name] {
			t.Errorf("%s: %d, want %d", part.Name, part.Value, want[part.Name])
		}
	}
	if len(parts.Parts) != len(want) {
		t.Errorf("%d parts of %d", len(parts.Parts), len(want))
	}
	sorted := refusals(map[sale.Reason]int{sale.ReasonFunds: 2, sale.ReasonFinger: 9, sale.ReasonTimedOut: 2}, english(t))
	if !slices.IsSortedFunc(sorted.Parts, func(a, b chart.Part) int { return int(b.Value - a.Value) }) || len(sorted.Parts) != 3 {
		t.Errorf("%+v", sorted.Parts)
	}
}
