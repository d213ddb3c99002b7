package screens

import (
	"context"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

func manager(t *testing.T) *counter {
	t.Helper()
	return newCounter(t, "en", widgets.Appearance{}, staff.Manager, 1284)
}

func (c *counter) screen(want string) {
	c.t.Helper()
	if got := c.stage.Screen(); got != "office."+want {
		c.t.Fatalf("the screen is %s, want office.%s", got, want)
	}
}

// says looks for words on the page.
func (c *counter) says(words ...string) {
	c.t.Helper()
	all := c.read()
	for _, w := range words {
		if !strings.Contains(all, w) {
			c.t.Fatalf("%s does not say %q but %s", c.stage.Screen(), w, all)
		}
	}
}

// read is all that can be seen, in a row.
func (c *counter) read() string {
	var all []string
	seen(c.stage.Window().Content(), fyne.NewPos(0, 0), func(text *canvas.Text, _ fyne.Position) { all = append(all, text.Text) }, nil)
	return strings.Join(all, " ")
}

// What a role is not offered it does not see; what it sees leads to a page and back.
func TestMenuByRole(t *testing.T) {
	for role, want := range map[staff.Role][]office.Page{
		staff.Manager:   {office.Log, office.Shift, office.Reports, office.Takings, office.Devices, office.Staff, office.Settings, office.OwnPIN, office.Training},
		staff.Cashier:   {office.Log, office.Shift, office.OwnPIN, office.Training},
		staff.Installer: {office.Devices, office.Settings, office.OwnPIN},
	} {
		c := newCounter(t, "en", widgets.Appearance{}, role, 100)
		var have []office.Page
		for _, control := range c.controls {
			if page, is := strings.CutPrefix(control.ID, "menu."); is {
				have = append(have, office.Page(page))
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s is offered %v", role, have)
		}
		for _, page := range want {
			c.press("menu." + string(page))
			if c.stage.Screen() == "office.menu" {
				t.Errorf("%s leads nowhere", page)
			}
			c.types("<Escape>")
			c.screen("menu")
		}
		c.types("<Escape>")
		if c.left != 1 || c.Showing() {
			t.Errorf("the menu was left %d times", c.left)
		}
		c.Wait()
	}
}

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

// A refund by keys alone: part of a sale, a wrong PIN, the right one, and the sale then has less left.
func TestRefund(t *testing.T) {
	c := manager(t)
	c.press("menu.log")
	c.types("001284")
	c.press("row.0", "refund", "why.1")
	c.types("9900", "<Return>")
	c.says("At most ¥78.00 can go back.")
	c.types("<BackSpace>", "<BackSpace>", "<BackSpace>", "<BackSpace>", "3050", "<Return>")
	c.screen("approve")
	c.types("1234", "<Return>")
	c.says("Name or PIN is wrong.")
	c.types("7391", "<Return>")
	c.screen("end")
	c.says("Refunded", "¥30.50")
	if did := c.shop.done(); did != "refund 3050 of 1284 by anna: Faulty goods" {
		t.Errorf("did %q", did)
	}
	c.types("<Return>")
	c.screen("sale")
	c.says("Refund 001285: Refunded")
	for _, control := range c.controls {
		if control.ID == "void" {
			t.Error("a sale of which a part was given back can be voided")
		}
	}
	c.press("refund")
	c.says("¥47.50 left of ¥78.00")
	c.types("<Escape>", "<Escape>")
	c.screen("log")
}

// The cashier's window may begin at a sale's refund, and gets the stage back when the sale is left. Only hands count as
// touches.
func TestOpenRefund(t *testing.T) {
	c := newCounter(t, "en", widgets.Appearance{}, staff.Cashier, 1284)
	at := now
	c.Now = func() time.Time { return at }
	c.OpenRefund(book(t, "en"), staff.Member{ID: "chen", Role: staff.Cashier}, 1284, func() { c.left++ })
	at = at.Add(time.Minute)
	c.settle()
	c.screen("refund")
	if !c.Touched().Equal(now) {
		t.Errorf("touched %v without a hand", c.Touched())
	}
	c.press("why.2", "primary")
	if !c.Touched().Equal(at) {
		t.Errorf("touched %v", c.Touched())
	}
	c.screen("approve")
	c.types("7391", "<Return>")
	c.says("Refunded")
	c.types("<Return>")
	c.screen("sale") // and does not begin once more
	c.types("<Escape>")
	if c.left != 1 || c.Showing() {
		t.Error("the sale leads nowhere")
	}
	c.OpenRefund(book(t, "en"), staff.Member{ID: "chen", Role: staff.Cashier}, 1280, func() { c.left++ })
	c.settle()
	c.screen("sale") // of which there is nothing to give back
}

// A cash refund says to hand the money over; one without an answer that it must not be given another way.
func TestRefundEndings(t *testing.T) {
	c := manager(t)
	c.press("menu.log")
	c.openSale(1267) // cash
	c.press("refund", "why.0", "primary")
	c.types("7391", "<Return>")
	c.says("The drawer is open. Hand over")
	c.press("primary")
	c.shop.unknown = true
	c.openSale(1284)
	c.press("void", "why.3", "primary")
	c.types("7391", "<Return>")
	c.says("No answer yet", "Do not give the money back another way.")
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

// The staff: added with name, role and PIN twice, unlocked, removed; the last step alone does it.
func TestStaff(t *testing.T) {
	c := manager(t)
	c.press("menu.staff", "primary")
	c.types("Do ra", "<Return>")
	c.press("option.cashier")
	c.types("1111", "<Return>")
	c.says("Too easy to guess.")
	c.types("8264", "<Return>", "8265", "<Return>")
	c.says("The two are not the same.")
	c.types("8264", "<Return>", "8264", "<Return>")
	c.screen("staff")
	c.says("Dora was added.")
	if did := c.shop.done(); did != "add Dora cashier 8264" {
		t.Errorf("did %q", did)
	}
	c.press("member.bo", "unlock")
	c.says("bo can sign in again.")
	c.press("member.bo", "remove")
	if len(c.Members()) != 5 {
		t.Fatal("one press removes")
	}
	c.press("primary")
	if len(c.Members()) != 4 {
		t.Errorf("%d members", len(c.Members()))
	}
	c.press("member.anna")
	for _, control := range c.controls {
		if control.ID == "remove" && !control.Object.(fyne.Disableable).Disabled() {
			t.Error("one can remove oneself")
		}
	}
}

// One's own PIN takes the present one, and a wrong one is told of.
func TestOwnPIN(t *testing.T) {
	c := newCounter(t, "en", widgets.Appearance{}, staff.Cashier, 10)
	c.press("menu.pin")
	c.types("1234", "<Return>", "8264", "<Return>", "8264", "<Return>")
	c.says("Name or PIN is wrong.")
	c.types("7391", "<Return>", "8264", "<Return>", "8264", "<Return>")
	c.says("PIN changed")
	if did := c.shop.done(); did != "own pin is 8264" {
		t.Errorf("did %q", did)
	}
}

// A PIN that was keyed is wiped when the page is left.
func TestPINIsWiped(t *testing.T) {
	c := manager(t)
	c.press("menu.pin")
	c.types("7391")
	kept := c.top().(*pinPage).pin[:4:4]
	c.Close()
	if string(kept) != "\x00\x00\x00\x00" {
		t.Errorf("%q stays in memory", kept)
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

// The office is taken off in the middle: what only looked is dropped, what was begun goes on, nothing shows any more.
func TestCloseInTheMiddle(t *testing.T) {
	c := manager(t)
	c.press("menu.devices")
	c.shop.testing = make(chan struct{})
	c.touch("test.sensor")
	c.loop.until(t, "the finger", func() bool { return strings.Contains(c.read(), "Hold still") })
	c.stage.Show("sale", widgets.Body("a sale"))
	c.Close()
	c.Office.running.Wait() // the test has ended with its page
	c.loop.until(t, "nothing", func() bool { return true })
	if c.stage.Screen() != "sale" || c.left != 0 {
		t.Errorf("the screen is %s, left %d times", c.stage.Screen(), c.left)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	c.TypedRune('x')
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

// A language is changed in the middle of a page, which stays.
func TestLanguage(t *testing.T) {
	c := manager(t)
	c.press("menu.settings", "language.de")
	if c.shop.prefs.Language != "de" {
		t.Errorf("prefers %+v", c.shop.prefs)
	}
	c.Language(book(t, "de"))
	c.screen("settings")
	c.says("Einstellungen")
	c.press("setting.large")
	if !c.shop.prefs.Large {
		t.Error("large text is not set")
	}
}

// Every control of every page can be reached by the arrows and pressed by Enter.
func TestArrowsReachEverything(t *testing.T) {
	for _, p := range pages {
		if underRace && p.name != "log" {
			continue
		}
		c := newCounter(t, "en", widgets.Appearance{}, p.who, 1284)
		p.visit(c)
		if k, takes := c.top().(keyer); takes && k.typedKey(&fyne.KeyEvent{Name: fyne.KeyDown}) {
			continue // has its own use for them
		}
		want, have := map[string]bool{}, map[string]bool{}
		for _, control := range c.controls {
			d, can := control.Object.(fyne.Disableable)
			if _, seen := c.stage.Targets()[control.ID]; seen && (!can || !d.Disabled()) {
				if _, takes := control.Object.(fyne.Focusable); takes {
					want[control.ID] = true
				}
			}
		}
		at := func() string {
			for _, control := range c.controls {
				if f, is := control.Object.(fyne.Focusable); is && f == c.stage.Window().Canvas().Focused() {
					return control.ID
				}
			}
			return ""
		}
		c.steer(0, 1)
		queue := []string{at()}
		have[queue[0]] = true
		for len(queue) > 0 {
			from := queue[0]
			queue = queue[1:]
			for _, way := range [][2]float32{{0, 1}, {0, -1}, {1, 0}, {-1, 0}} {
				for _, control := range c.controls {
					if control.ID == from {
						c.stage.Window().Canvas().Focus(control.Object.(fyne.Focusable))
					}
				}
				c.steered = true
				c.steer(way[0], way[1])
				if id := at(); !have[id] {
					have[id] = true
					queue = append(queue, id)
				}
			}
		}
		for id := range want {
			if !have[id] {
				t.Errorf("the arrows do not reach %s on %s", id, p.name)
			}
		}
		c.Close()
		c.Wait()
	}
	c := manager(t)
	c.types("<Down>", "<Down>", "<Return>")
	if c.stage.Screen() == "office.menu" {
		t.Error("Enter does not press what is marked")
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

// Why a refund was given stands on its own page and on that of its sale.
func TestWhyRefunded(t *testing.T) {
	c := manager(t)
	c.openSale(1259)
	c.says("Refund 001262: Refunded", "Faulty")
	c.openSale(1262)
	c.says("Not what was ordered")
}

// A report's differences are told in sentences.
func TestDifferencesOfAReport(t *testing.T) {
	c := manager(t)
	c.press("menu.reports", "z.0")
	c.says("Sale 001271: ¥78.00 here, ¥87.00 at settlement.")
}

// An approval's page wipes a PIN that was not the one, and what was keyed when it is left; one digit is taken back.
func TestApprovalAsksAnew(t *testing.T) {
	c := manager(t)
	c.openSale(1284)
	c.press("refund", "why.0", "primary")
	c.types("12345", "<BackSpace>")
	page := c.top().(*approvePage)
	if string(page.pin) != "1234" {
		t.Errorf("keyed %q", page.pin)
	}
	c.types("<Return>")
	c.says("Name or PIN is wrong.")
	if len(page.pin) != 0 || page.doing {
		t.Errorf("after a wrong one: %d digits, doing %t", len(page.pin), page.doing)
	}
	c.types("73")
	kept := page.pin[:2:2]
	c.Close()
	if string(kept) != "\x00\x00" {
		t.Errorf("%q stays in memory", kept)
	}
}

// Training is asked once, begins once, and not while a sale is in front; an installer is not offered it.
func TestTraining(t *testing.T) {
	c := manager(t)
	locked(c.shop, func() bool { c.shop.selling = true; return true })
	c.press("menu.training")
	c.says("No money moves", "End training")
	c.press("primary")
	c.says("A sale is open. End it first.")
	if did := locked(c.shop, func() int { return len(c.shop.did) }); did != 0 {
		t.Errorf("did %v", c.shop.did)
	}
	locked(c.shop, func() bool { c.shop.selling = false; return true })
	c.touch("primary")
	p := c.top().(*trainingPage)
	p.begin() // a second press
	c.back()
	c.loop.until(c.t, "training", func() bool { return locked(c.shop, func() bool { return len(c.shop.did) > 0 }) })
	if did := locked(c.shop, func() []string { return slices.Clone(c.shop.did) }); !slices.Equal(did, []string{"train"}) || c.top() != page(p) || !c.primary.Disabled() {
		t.Errorf("did %q; at %s", did, c.top().name())
	}
}
