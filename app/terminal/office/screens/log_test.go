package screens

import (
	"context"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// The log narrows as one types, turns its pages and holds no more than one of them.
func TestLog(t *testing.T) {
	c := manager(t)
	c.press("menu.log")
	log := c.top().(*logPage)
	first := log.page.Rows[0].Sale
	for range 5 {
		c.types("<Next>")
	}
	if want := first - uint64(5*log.rows()); log.page.Rows[0].Sale != want || len(log.page.Rows) != log.rows() {
		t.Errorf("after five pages the log begins with %d of %d rows, want %d", log.page.Rows[0].Sale, len(log.page.Rows), want)
	}
	c.press("newer", "newer")
	if want := first - uint64(3*log.rows()); log.page.Rows[0].Sale != want {
		t.Errorf("two pages back it begins with %d, want %d", log.page.Rows[0].Sale, want)
	}
	c.types("001", "2", "84")
	if log.page.Count != 1 || log.page.Rows[0].Sale != 1284 {
		t.Errorf("001284 finds %d", log.page.Count)
	}
	c.says("1 sale", "¥78.00")
	c.types("<BackSpace>")
	if log.page.Count != 6 { // 1280 to 1284, and 128
		t.Errorf("00128 finds %d", log.page.Count)
	}
	c.press("filter.clear", "filter.outcome", "option.refused", "option.problems", "primary")
	if q := c.Office.log.query; !q.Problems || len(q.Endings) != 0 {
		t.Errorf("problems go with no ending: %+v", q)
	}
	if log.page.Count != 4 {
		t.Errorf("%d problems", log.page.Count)
	}
	c.press("filter.clear")
	c.types("not enough")
	if log.page.Count == 0 || log.page.Rows[0].Reason != sale.ReasonFunds {
		t.Errorf("the words of a reason find %d", log.page.Count)
	}
	c.press("filter.clear", "filter.day", "quick.yesterday")
	for _, r := range log.page.Rows {
		if r.At.Day() != 21 {
			t.Errorf("yesterday has %v", r.At)
		}
	}
	c.press("filter.amount", "key.5", "key.00", "key.00", "amount.1", "key.1", "key.00", "key.00")
	if !c.primary.Disabled() {
		t.Error("from 500 to 100 can be asked for")
	}
	c.press("key.00")
	c.press("primary")
	if q := c.Office.log.query; q.Least != 50000 || q.Most != 1000000 {
		t.Errorf("amounts %d to %d", q.Least, q.Most)
	}
}

// An answer to an earlier question that comes after the answer to a later one is dropped, and a slow one is told of.
func TestLateAnswersAreDropped(t *testing.T) {
	c := manager(t)
	c.press("menu.log")
	log := c.top().(*logPage)
	slow := make(chan struct{})
	c.shop.mu.Lock()
	c.shop.hold = slow
	c.shop.mu.Unlock()
	c.TypedRune('9')
	c.loop.until(t, "the question", func() bool {
		c.shop.mu.Lock()
		defer c.shop.mu.Unlock()
		return c.shop.asked[len(c.shop.asked)-1].Text == "9"
	})
	c.loop.until(t, "the page to say that it looks", func() bool { return strings.Contains(c.read(), "Looking…") })
	c.shop.mu.Lock()
	c.shop.hold = nil
	c.shop.mu.Unlock()
	c.types("99")
	if q := c.Office.log.query.Text; q != "999" {
		t.Fatalf("searched for %q", q)
	}
	count := log.page.Count
	close(slow) // now the first is answered, with many more
	c.loop.until(t, "the late answer", func() bool { return true })
	c.Office.running.Wait()
	c.loop.until(t, "what it hands over", func() bool { return true })
	if log.page.Count != count || strings.Contains(c.read(), "Looking…") {
		t.Errorf("a late answer shows: %d instead of %d", log.page.Count, count)
	}
}

// A cashier sees today's sales, without sums, and no day before.
func TestCashiersLogIsOfToday(t *testing.T) {
	c := newCounter(t, "en", widgets.Appearance{}, staff.Cashier, 1284)
	c.press("menu.log")
	c.shop.mu.Lock()
	q := c.shop.asked[len(c.shop.asked)-1]
	c.shop.mu.Unlock()
	if q.From.Day() != 22 || q.To.Day() != 23 {
		t.Errorf("a cashier asks for %v to %v", q.From, q.To)
	}
	for _, control := range c.controls {
		if slices.Contains([]string{"export", "events", "filter.day"}, control.ID) {
			t.Errorf("a cashier is offered %s", control.ID)
		}
	}
}

// A sale of which nothing was charged cannot be refunded or printed.
func TestKeysOfASale(t *testing.T) {
	c := manager(t)
	c.press("menu.log")
	for number, want := range map[uint64]string{1284: "back void refund reprint", 1280: "back", 1283: "back"} {
		c.openSale(number)
		var have []string
		for _, control := range c.controls {
			if slices.Contains(strings.Fields("back void refund reprint"), control.ID) {
				have = append(have, control.ID)
			}
		}
		if strings.Join(have, " ") != want {
			t.Errorf("sale %d offers %v", number, have)
		}
		c.types("<Escape>")
	}
	c.openSale(1284)
	c.shop.printer = office.ErrNoPrinter
	c.press("reprint")
	c.says("The printer does not answer.")
}

// Problems are shown first, and lead to the log that is narrowed to them.
func TestProblems(t *testing.T) {
	c := manager(t)
	c.says("3 unknown, 1 reversal pending")
	c.press("problems")
	if log := c.top().(*logPage); log.page.Count != 4 {
		t.Errorf("%d problems in the log", log.page.Count)
	}
	c.says("Do not charge again.")
	c.types("<Escape>")
	c.shop.mu.Lock()
	c.shop.rows = slices.DeleteFunc(c.shop.rows, func(r logbook.Row) bool { return r.State.Problem() })
	c.shop.mu.Unlock()
	c.press("menu.log")
	c.types("<Escape>")
	c.says("Every sale is settled.")
}

// million is a log of as many sales, which it makes up as it is asked.
type million struct{ *shop }

func (million) Find(_ context.Context, q logbook.Query) (logbook.Page, error) {
	const many = 1_000_000
	page := logbook.Page{Count: many, Currency: 156, Rows: make([]logbook.Row, 0, q.Limit), More: true}
	last := uint64(many)
	if q.Before != 0 {
		last = q.Before - 1
	}
	for n := last; n > 0 && len(page.Rows) < q.Limit; n-- {
		page.Rows = append(page.Rows, logbook.Row{Sale: n, At: now, Amount: 100, Currency: 156, Rail: sale.RailScan, Ending: sale.Paid, Cashier: bo})
	}
	return page, nil
}

// Of a million sales the page asks for and holds what it shows, however often it is turned.
func TestAMillionSales(t *testing.T) {
	c := manager(t)
	c.Books = million{c.shop}
	c.press("menu.log")
	log := c.top().(*logPage)
	for range 40 {
		c.types("<Next>")
	}
	if rows := log.rows(); cap(log.page.Rows) != rows || log.page.Rows[0].Sale != uint64(1_000_000-40*rows) {
		t.Errorf("holds %d rows from %d", cap(log.page.Rows), log.page.Rows[0].Sale)
	}
	c.says("1,000,000 sales")
}

// What the journal has found out about itself comes before all sales, with what to do, and only to whoever sees the log.
func TestFindings(t *testing.T) {
	c := manager(t)
	c.finds()
	c.says("The last record was cut short", "(+7)", "3 unknown")
	c.press("problems")
	c.says("Compare the last sale with the customer's slip", "001284")
	c.press("problems") // on to the sales
	if s := c.stage.Screen(); s != "office.log" || !c.Office.log.query.Problems {
		t.Errorf("leads to %s of %+v", s, c.Office.log.query)
	}
	cashier := newCounter(t, "en", widgets.Appearance{}, staff.Cashier, 10)
	cashier.finds()
	if strings.Contains(cashier.read(), "cut short") {
		t.Error("a cashier is told")
	}
}
