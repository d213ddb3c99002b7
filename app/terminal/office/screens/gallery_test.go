package screens

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
)

var languages = []string{"en", "zh", "de"}

// pages are the ways to each page of the office, from its menu.
var pages = []struct {
	name  string
	who   staff.Role
	visit func(*counter)
}{
	{"menu", staff.Manager, func(*counter) {}},
	{"menu-cashier", staff.Cashier, func(*counter) {}},
	{"menu-installer", staff.Installer, func(*counter) {}},
	{"menu-findings", staff.Manager, func(c *counter) { c.finds() }},
	{"findings", staff.Manager, func(c *counter) { c.finds(); c.press("problems") }},
	{"log-findings", staff.Manager, func(c *counter) { c.finds(); c.press("menu.log") }},
	{"log", staff.Manager, func(c *counter) { c.press("menu.log") }},
	{"log-cashier", staff.Cashier, func(c *counter) { c.press("menu.log") }},
	{"log-problems", staff.Manager, func(c *counter) { c.press("problems") }},
	{"log-filtered", staff.Manager, func(c *counter) {
		c.press("menu.log", "filter.day", "quick.week", "filter.rail", "option.scan", "filter.outcome", "option.paid", "option.refused", "primary", "filter.cashier", "option.bo",
			"filter.amount", "key.1", "key.00", "key.00", "amount.1", "key.9", "key.00", "key.00", "primary")
		c.types("12")
	}},
	{"log-nothing", staff.Manager, func(c *counter) { c.press("menu.log"); c.types("nobody") }},
	{"log-events", staff.Manager, func(c *counter) { c.press("menu.log", "events") }},
	{"calendar", staff.Manager, func(c *counter) { c.press("menu.log", "filter.day", "day.10", "day.14") }},
	{"outcome", staff.Manager, func(c *counter) { c.press("menu.log", "filter.outcome", "option.paid") }},
	{"cashier", staff.Manager, func(c *counter) { c.press("menu.log", "filter.cashier") }},
	{"range", staff.Manager, func(c *counter) {
		c.press("menu.log", "filter.amount", "key.9", "key.00", "amount.1", "key.1", "key.00")
	}},
	{"search", staff.Manager, func(c *counter) { c.press("menu.log", "search", "letter.6", "letter.7", "letter.8", "letter.9") }},
	{"sale", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1284) }},
	{"sale-unknown", staff.Manager, func(c *counter) { c.press("problems"); c.openSale(1283) }},
	{"sale-refused", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1280) }},
	{"sale-refunded", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1259) }},
	{"sale-refund", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1262) }},
	{"sale-reprinted", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1284); c.press("reprint") }},
	{"refund", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1284); c.press("refund", "why.1") }},
	{"refund-part", staff.Manager, func(c *counter) {
		c.press("menu.log")
		c.openSale(1284)
		c.press("refund", "part", "key.9", "key.9", "key.00", "why.1", "primary")
	}},
	{"void", staff.Manager, func(c *counter) { c.press("menu.log"); c.openSale(1284); c.press("void", "why.3") }},
	{"approve", staff.Manager, func(c *counter) {
		c.press("menu.log")
		c.openSale(1284)
		c.press("refund", "why.4", "primary", "key.1", "key.2", "key.3", "key.4", "primary")
	}},
	{"refunded", staff.Manager, func(c *counter) {
		c.press("menu.log")
		c.openSale(1284)
		c.press("refund", "why.0", "primary")
		c.types("7391", "<Return>")
	}},
	{"refund-unknown", staff.Manager, func(c *counter) {
		c.shop.unknown = true
		c.press("menu.log")
		c.openSale(1284)
		c.press("refund", "why.0", "primary")
		c.types("7391", "<Return>")
	}},
	{"shift", staff.Manager, func(c *counter) { c.press("menu.shift") }},
	{"shift-cashier", staff.Cashier, func(c *counter) { c.press("menu.shift") }},
	{"count", staff.Manager, func(c *counter) { c.countDrawer() }},
	{"count-total", staff.Manager, func(c *counter) { c.press("menu.shift", "primary", "total", "key.1", "key.2", "key.00", "key.00") }},
	{"close", staff.Manager, func(c *counter) { c.countDrawer(); c.press("primary") }},
	{"closed", staff.Manager, func(c *counter) { c.countDrawer(); c.press("primary", "primary") }},
	{"shift-closed", staff.Manager, func(c *counter) { c.countDrawer(); c.press("primary", "primary", "primary", "menu.shift") }},
	{"x", staff.Manager, func(c *counter) { c.press("menu.shift", "x") }},
	{"drawer", staff.Manager, func(c *counter) { c.press("menu.shift", "drawer") }},
	{"cash-in", staff.Manager, func(c *counter) { c.press("menu.shift", "cash-in", "key.5", "key.00", "key.00") }},
	{"cash-in-done", staff.Manager, func(c *counter) {
		c.press("menu.shift", "cash-in", "key.5", "key.00", "key.00", "primary", "option.why.0")
	}},
	{"reports", staff.Manager, func(c *counter) { c.press("menu.reports") }},
	{"z", staff.Manager, func(c *counter) { c.press("menu.reports", "z.0", "primary") }},
	{"folders", staff.Manager, func(c *counter) { c.press("menu.reports", "z.0", "save") }},
	{"charts", staff.Manager, func(c *counter) { c.press("menu.charts") }},
	{"charts-week", staff.Manager, func(c *counter) { c.press("menu.charts", "chart.by-day", "span.week", "earlier") }},
	{"charts-rails", staff.Manager, func(c *counter) { c.press("menu.charts", "chart.by-rail", "span.month") }},
	{"charts-refusals", staff.Manager, func(c *counter) { c.press("menu.charts", "chart.refusals", "span.month") }},
	{"devices", staff.Manager, func(c *counter) { c.press("menu.devices") }},
	{"test-camera", staff.Installer, func(c *counter) {
		c.press("menu.devices")
		c.touch("test.camera")
		c.loop.until(c.t, "a frame", func() bool { return c.top().(*testPage).found })
	}},
	{"test-finger", staff.Installer, func(c *counter) { c.press("menu.devices", "test.sensor") }},
	{"test-reader", staff.Installer, func(c *counter) { c.press("menu.devices", "test.reader") }},
	{"test-printer", staff.Installer, func(c *counter) { c.press("menu.devices", "test.printer") }},
	{"staff", staff.Manager, func(c *counter) { c.press("menu.staff") }},
	{"member", staff.Manager, func(c *counter) { c.press("menu.staff", "member.bo") }},
	{"member-remove", staff.Manager, func(c *counter) { c.press("menu.staff", "member.technik-dresden1", "remove") }},
	{"member-name", staff.Manager, func(c *counter) { c.press("menu.staff", "primary", "letter.d", "letter.o") }},
	{"member-role", staff.Manager, func(c *counter) { c.press("menu.staff", "primary", "letter.d", "letter.o", "primary") }},
	{"pin-policy", staff.Manager, func(c *counter) {
		c.press("menu.staff", "primary", "letter.d", "letter.o", "primary", "option.cashier", "key.1", "key.1", "key.1", "key.1", "primary")
	}},
	{"pin-own", staff.Cashier, func(c *counter) { c.press("menu.pin", "key.1", "key.2") }},
	{"settings", staff.Manager, func(c *counter) { c.press("menu.settings") }},
	{"training", staff.Cashier, func(c *counter) { c.press("menu.training") }},
	{"training-not", staff.Manager, func(c *counter) {
		locked(c.shop, func() bool { c.shop.selling = true; return true })
		c.press("menu.training", "primary")
	}},
	{"export", staff.Manager, func(c *counter) { c.press("menu.log", "export") }},
	{"exported", staff.Manager, func(c *counter) { c.press("menu.log", "export", "primary") }},
}

// finds has the journal find out all that it can about itself.
func (c *counter) finds() {
	c.t.Helper()
	c.shop.mu.Lock()
	for i, k := range []journal.FindingKind{journal.FoundReserveUsed, journal.FoundStopped, journal.FoundIndexRepaired, journal.FoundCheckpointForged, journal.FoundRebuilt,
		journal.FoundBroken, journal.FoundCopyRebuilt, journal.FoundTorn} {
		f := journal.Finding{At: now.Add(time.Duration(i-20) * time.Minute), Kind: k, Alert: true}
		if k == journal.FoundTorn {
			f.Sale = 1284
		}
		c.shop.findings = append(c.shop.findings, f)
	}
	c.shop.mu.Unlock()
	c.refresh()
}

func (c *counter) openSale(number uint64) {
	c.t.Helper()
	c.push(&salePage{Office: c.Office, number: number})
	c.settle()
}

// countDrawer counts 12 × 100 less a coin of one, which is missing.
func (c *counter) countDrawer() {
	c.t.Helper()
	c.press("menu.shift", "primary", "key.1", "key.1", "piece.5000", "key.1", "piece.2000", "key.1", "piece.1000", "key.1", "piece.500", "key.1", "piece.10c", "key.3")
}

// looks are the appearances that the gallery is made in.
var looks = map[string]widgets.Appearance{"": {}, "-light": {Light: true}, "-contrast": {HighContrast: true}, "-large": {TextScale: 2}}

// sampled are the pages that are compared with the pictures kept of them in other looks than English and dark, where all are.
var sampled = map[string]bool{
	"menu": true, "log": true, "log-filtered": true, "log-events": true, "calendar": true, "sale": true, "refund": true, "approve": true, "shift": true,
	"count": true, "closed": true, "x": true, "charts": true, "devices": true, "member": true, "settings": true, "export": true,
}

// kept says whether a picture of a page is kept to compare with.
func kept(language, look, name string) bool {
	switch language + look {
	case "en":
		return true
	case "zh", "de", "de-large", "en-light", "zh-contrast":
		return sampled[name]
	}
	return false
}

// TestGallery goes to every page in every language, at both scales of text, and in each appearance: it must fit the window, no
// text may be cut, lie over another or lie outside, and every control is large enough for a finger. It compares them with the pictures
// kept of them, and with -gallery saves all.
func TestGallery(t *testing.T) {
	for _, language := range languages {
		for look, appearance := range looks {
			if underRace && (language != "de" || look != "") {
				continue // German is the longest
			}
			for _, p := range pages {
				name := language + look + "-" + p.name
				if !golden.Wanted(name) {
					continue
				}
				if !golden.Saving() && look != "" && look != "-large" && !kept(language, look, p.name) {
					continue // the same layout in other colours
				}
				t.Run(name, func(t *testing.T) { // so that each window goes when it has been looked at
					c := newCounter(t, language, appearance, p.who, 1284)
					p.visit(c)
					c.inspect(name)
					golden.Look(t, name, c.stage.Window(), !underRace && kept(language, look, p.name))
				})
			}
		}
	}
}

// inspect looks at what is laid out.
func (c *counter) inspect(name string) {
	c.t.Helper()
	window := c.stage.Window()
	if least := window.Content().MinSize(); least.Width > 1280 || least.Height > 800 {
		c.t.Errorf("%s needs %v", name, least)
	}
	for id, at := range c.stage.Targets() {
		if at.Width < int(widgets.Touch) || at.Height < int(widgets.Touch) {
			c.t.Errorf("%s: %s is %d by %d", name, id, at.Width, at.Height)
		}
		if at.X < 0 || at.Y < 0 || at.X+at.Width > 1280 || at.Y+at.Height > 800 {
			c.t.Errorf("%s: %s lies outside at %v", name, id, at)
		}
	}
	type written struct {
		text string
		at   box
	}
	var all []written
	seen(window.Content(), fyne.NewPos(0, 0), func(text *canvas.Text, at fyne.Position) {
		size := fyne.MeasureText(text.Text, text.TextSize, text.TextStyle)
		x := at.X
		switch text.Alignment {
		case fyne.TextAlignCenter:
			x += (text.Size().Width - size.Width) / 2
		case fyne.TextAlignTrailing:
			x += text.Size().Width - size.Width
		}
		// Letters take about two thirds of the height that the font asks for.
		b := box{x, at.Y + size.Height*0.24, size.Width, size.Height * 0.52}
		if b.x < 0 || b.y < 0 || b.x+b.w > 1280.5 || b.y+b.h > 800 || size.Width > text.Size().Width+1 {
			c.t.Errorf("%s: %q is cut: at %v, room %v", name, text.Text, b, text.Size())
		}
		if text.TextSize < widgets.SmallestText {
			c.t.Errorf("%s: %q is written at %v", name, text.Text, text.TextSize)
		}
		for _, other := range all {
			if b.x < other.at.x+other.at.w-1 && other.at.x < b.x+b.w-1 && b.y < other.at.y+other.at.h-1 && other.at.y < b.y+b.h-1 {
				c.t.Errorf("%s: %q lies over %q", name, text.Text, other.text)
			}
		}
		all = append(all, written{text.Text, b})
	}, func(o *fyne.Container) { c.t.Errorf("%s: a part of %v does not hold what is in it", name, o.Size()) })
	if len(all) < 3 {
		c.t.Errorf("%s says next to nothing", name)
	}
}

// seen visits every text that can be seen, with its place in the window.
func seen(o fyne.CanvasObject, at fyne.Position, visit func(*canvas.Text, fyne.Position), overflows func(*fyne.Container)) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *canvas.Text:
		if o.Text != "" {
			visit(o, at)
		}
	case *fyne.Container:
		if l, is := o.Layout.(*lined); is && overflows != nil {
			for _, p := range l.visible() {
				if l.along(fyne.NewSize(p.object.Position().X, p.object.Position().Y))+l.along(p.object.Size()) > l.along(o.Size())+1 {
					overflows(o)
				}
			}
		}
		for _, child := range o.Objects {
			seen(child, at, visit, overflows)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			seen(child, at, visit, overflows)
		}
	}
}
