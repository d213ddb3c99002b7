package receipt

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/paper"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/assets"
	"countersign/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

func corner() Shop {
	return Shop{Name: "Corner Café", Address: []string{"12 Long Street", "+49 30 1234567"}, TaxNumber: "DE 123 456 789"}
}

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	where, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return where
}

var evening = time.Date(2026, 11, 22, 15, 59, 30, 0, time.UTC) // 23:59 in Shanghai, the next day is near

// order is a paid sale of some things, at two rates of tax, with a tip.
func order() sale.Entry {
	bill := sale.Bill{Amount: 12_350, Tip: 1000, Items: []sale.Item{
		{Text: "Flat white", Quantity: 2, Each: 2200, Tax: 1900},
		{Text: "小笼包（八只）配姜丝醋，另加辣椒油", Quantity: 1, Each: 3800, Tax: 700},
		{Text: "Sandwich with smoked salmon, dill and a very long name", Quantity: 1, Each: 3150, Tax: 700},
	}}
	return sale.Entry{Sale: 123, Event: sale.EventAcknowledged, At: evening, Amount: bill.Amount, Currency: 156, Ending: sale.Paid,
		Reference: 4711, Cashier: "mei", Shift: 7, Tip: bill.Tip, Items: bill.Items, Tax: bill.Tax()}
}

func plainSale(amount protocol.Amount, c protocol.Currency) sale.Entry {
	return sale.Entry{Sale: 124, Event: sale.EventAcknowledged, At: evening, Amount: amount, Currency: c, Ending: sale.Paid, Reference: 4712, Cashier: "mei"}
}

func refundOf(e sale.Entry, number uint64, amount protocol.Amount, ending sale.Ending) sale.Entry {
	event := sale.EventRefundOutcome
	if ending == "" {
		event = sale.EventRefundUnknown
	}
	return sale.Entry{Sale: number, Event: event, At: evening.Add(time.Hour), Amount: amount, Currency: e.Currency, Ending: ending, Reference: 99,
		Cashier: "mei", Refund: &sale.RefundOf{Sale: e.Sale, Reference: e.Reference, Approver: "boss", Rail: e.Rail()}}
}

// facts are all that a receipt can be.
func facts() map[string]Facts {
	with := func(e sale.Entry, change func(*sale.Entry)) sale.Entry { change(&e); return e }
	shop, terminal := corner(), protocol.ID("T-0001")
	of := func(e sale.Entry) Facts { return Facts{Shop: shop, Terminal: terminal, Entry: e} }
	cash := with(plainSale(7800, 156), func(e *sale.Entry) {
		e.Event, e.Reference, e.Cash = sale.EventCashSold, 0, &sale.CashOf{Given: 10_000, Change: 2200}
	})
	copied := of(order())
	copied.Reprint, copied.Printed = true, evening.Add(26*time.Hour)
	copied.Refunds = []sale.Entry{refundOf(order(), 125, 3800, sale.Refunded), refundOf(order(), 126, 100, sale.Refused)}
	return map[string]Facts{
		"order": of(order()),
		"copy":  copied,
		"yen":   of(plainSale(123_456_789, 392)),
		"euro":  of(plainSale(9_999_999_999, 978)),
		"pin":   of(with(plainSale(7800, 156), func(e *sale.Entry) { e.ByPIN = true })),
		"tap":   of(with(plainSale(7800, 156), func(e *sale.Entry) { e.Tap = &sale.TapOf{Ending: "4242"} })),
		"cash":  of(cash),
		"refused": of(with(plainSale(7800, 156), func(e *sale.Entry) {
			e.Ending, e.Reason = sale.Refused, sale.ReasonFunds
		})),
		"cancelled": of(with(plainSale(7800, 156), func(e *sale.Entry) { e.Ending, e.Reference = sale.Cancelled, 0 })),
		"reversed":  of(with(plainSale(7800, 156), func(e *sale.Entry) { e.Ending, e.Reason = sale.Reversed, sale.ReasonNoAnswer })),
		"given-up":  of(with(plainSale(7800, 156), func(e *sale.Entry) { e.Ending, e.Reason = sale.GivenUp, sale.ReasonTapTorn })),
		"unknown": of(with(plainSale(7800, 156), func(e *sale.Entry) {
			e.Event, e.Ending, e.Reference = sale.EventUnknown, "", 0
		})),
		"training":       of(with(order(), func(e *sale.Entry) { e.Training = true })),
		"refund":         of(with(refundOf(order(), 125, 3800, sale.Refunded), func(e *sale.Entry) { e.Refund.Why = "商品有瑕疵: soup was cold, twice today" })),
		"refund-cash":    of(refundOf(cash, 125, 7800, sale.Refunded)),
		"refund-refused": of(with(refundOf(order(), 126, 100, sale.Refused), func(e *sale.Entry) { e.Reason, e.Refund.Why = sale.ReasonExceeds, "Faulty" })),
		"refund-unknown": of(refundOf(order(), 127, 100, "")),
	}
}

func reports() map[string]report.Report {
	z := report.Report{Kind: report.KindZ, Number: 42, Shop: "Corner Café", Terminal: "T-0001", Shift: 7, From: evening.Add(-15 * time.Hour), To: evening,
		OpenedBy: "mei", ClosedBy: "boss", Currency: 156,
		Rails: []report.RailLine{{Rail: sale.RailScan, Count: 214, Sum: 1_234_567, Refunds: 2, RefundSum: 5600},
			{Rail: sale.RailTap, Count: 31, Sum: 89_000}, {Rail: sale.RailCash, Count: 1012, Sum: 2_345_600, Refunds: 1, RefundSum: 7800}},
		Tips: 45_600, Tax: []report.TaxLine{{Rate: 700, Net: 1_000_000, Tax: 70_000}, {Rate: 725, Net: 100, Tax: 7}, {Rate: 1900, Net: 2_000_000, Tax: 380_000}},
		Refusals:    []report.RefusalLine{{Count: 12}, {Reason: sale.ReasonFunds, Count: 3}, {Reason: sale.ReasonTimedOut, Count: 9}, {Reason: sale.ReasonOtherAmount, Count: 1}},
		Cash:        report.Drawer{Drawer: staff.Drawer{Float: 20_000, Counted: 867_300, Difference: -500}, Sales: 2_345_600, Refunds: 7800, In: 10_000, Out: 1_500_000, Expected: 867_800, Opened: 4},
		Unknown:     []report.OpenLine{{Sale: 120, Amount: 7800, Since: evening.Add(-time.Hour)}, {Sale: 121, Refund: true, Amount: 100, Since: evening.Add(-time.Minute)}},
		Differences: []string{"different number=99 kind=payment reference=4700 amount=7800 there-reference=4700 there-amount=8700", "only-there kind=refund reference=4701 amount=100", "not-compared reason=no-answer"},
		GrandTotal:  987_654_321_00, GrandRefunds: 1_234_500, First: 10_001, Last: 14_711, Head: protocol.Hash{0xde, 0xad, 1, 2, 3, 4, 5, 6}, Previous: protocol.Hash{1, 2, 3, 4, 5, 6, 7, 8}}
	x := z
	x.Kind, x.Number, x.Unknown, x.Differences, x.Refusals, x.Tax, x.Previous = report.KindX, 43, nil, nil, nil, nil, protocol.Hash{}
	uncounted := z
	uncounted.Cash.Uncounted, uncounted.Differences, uncounted.Unknown = true, nil, nil
	return map[string]report.Report{"z": z, "x": x, "z-uncounted": uncounted}
}

// documents are all of them in one language.
func documents(t testing.TB, tag string) map[string]paper.Document {
	t.Helper()
	book, err := assets.Phrases(tag)
	if err != nil {
		t.Fatal(err)
	}
	book, where := book.Strict(), shanghai(t)
	all := map[string]paper.Document{}
	for name, f := range facts() {
		all[name] = Document(f, book, where)
	}
	for name, r := range reports() {
		all[name] = Report(r, corner(), "9F3A-77C1", book, where)
	}
	return all
}

// What people read, in every language, on a wide and a narrow paper. Make the files anew with -update, and read them.
func TestDocumentsReadAsTheyShould(t *testing.T) {
	for _, language := range assets.Languages() {
		for name, d := range documents(t, language.Tag) {
			for _, width := range []int{32, 48} {
				t.Run(fmt.Sprintf("%s/%s/%d", language.Tag, name, width), func(t *testing.T) {
					have := paper.Plain(d, width)
					for n, line := range strings.Split(have, "\n") {
						if columns(line) > width+2 { // two asterisks
							t.Errorf("line %d is wider than the paper: %q", n+1, line)
						}
					}
					file := filepath.Join("testdata", language.Tag, fmt.Sprintf("%s-%d.txt", name, width))
					if *update {
						if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
							t.Fatal(err)
						}
						if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
							t.Fatal(err)
						}
					}
					want, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					if have != string(want) {
						t.Errorf("%s reads otherwise:\n%s", file, have)
					}
				})
			}
		}
	}
}

// columns counts Han and full-width characters twice, by their blocks alone.
func columns(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x2e80 && r <= 0x9fff || r >= 0xff01 && r <= 0xff60 {
			n++
		}
	}
	return n
}
