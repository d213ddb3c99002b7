package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
	"countersign/devices/printer/virtualprinter"
)

const (
	annasPIN = "274913"
	bosPIN   = "8140"
)

// till is a shop's counter whose real window a test presses.
type till struct {
	*theatre
	stage *scene.Stage
	t     *testing.T
	ctx   context.Context
}

// see waits until the terminal shows a screen with a control.
func (c till) see(name, control string) *chronicle.Screen {
	c.t.Helper()
	return screen(c.t, c.ctx, c.theatre, shop.Terminal, name, control)
}

// press touches controls, each of which must be on the screen.
func (c till) press(name string, controls ...string) {
	c.t.Helper()
	for _, control := range controls {
		on := c.see(name, control)
		if err := c.stage.Terminal.Touch(c.ctx, on, control); err != nil {
			c.t.Fatal(err)
		}
	}
}

// key presses a key of the keyboard.
func (c till) key(k display.Key) {
	c.t.Helper()
	if err := c.stage.Terminal.Key(c.ctx, k); err != nil {
		c.t.Fatal(err)
	}
}

// enter types on the keyboard, then Enter.
func (c till) enter(text string) {
	c.t.Helper()
	if err := c.stage.Terminal.Type(c.ctx, text); err != nil {
		c.t.Fatal(err)
	}
	c.key(display.Return)
}

// paper waits until the printer's paper has texts.
func (c till) paper(p *virtualprinter.Printer, texts ...string) {
	c.t.Helper()
	ctx, stop := context.WithTimeout(c.ctx, hung)
	defer stop()
	paper, err := p.Wait(ctx, func(paper virtualprinter.Paper) bool {
		return !slices.ContainsFunc(texts, func(want string) bool { return !strings.Contains(paper.Text(), want) })
	})
	if err != nil {
		c.t.Fatalf("the paper never had %q but\n%s\n%v", texts, paper.Text(), err)
	}
}

// scene plays one of the demonstration's scenes at this counter.
func (c till) scene(name, want string) {
	c.t.Helper()
	list, known := scene.Named(name)
	if name == "sale" {
		list, known = []scene.Scene{scene.Sale()}, true
	}
	if !known || len(list) != 1 {
		c.t.Fatalf("no scene %s", name)
	}
	s := list[0]
	s.Life, s.AskFor = 0, 0 // the terminal is not to be closed for it
	ending, err := c.theatre.play(c.ctx, s)
	if err != nil || !strings.Contains(ending.String(), want) {
		c.t.Fatalf("%s ended %q, %v", name, ending, err)
	}
}

// TestCounter is a day at a counter, through the real window of the built program: two
// who work there, cash and codes, a refusal, a refund, a printer and a sensor that are
// lost and come back, another language, a power cut in the middle of a sale, and the Z
// report.
func TestCounter(t *testing.T) {
	t.Parallel()
	printer, err := virtualprinter.New(virtualprinter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := printer.Close(); err != nil {
			t.Error(err)
		}
	})
	at, err := printer.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stage := counter(t, shop.Counter{
		Staff: []shop.Member{{Name: "Anna", Role: "manager", PIN: annasPIN}, {Name: "Bo", Role: "cashier", PIN: bosPIN}},
		Flags: []string{"--cash", "--printer", "tcp:" + at.String(), "--print", "--sounds=false", "--shop-lines", "1 Corner Street"},
	}, false)
	c := till{stage, &stage.stage, t, ctx}

	// The manager signs in, and counts the drawer.
	c.press("sign-in", "member.0")
	c.enter(annasPIN)
	c.see("shift", "open-shift")
	c.enter("10000")

	// A sale for cash, with all that the customer takes home.
	c.see("amount", "cash")
	for _, key := range []string{"key.7", "key.8", "key.00", "cash"} {
		c.press("amount", key)
	}
	c.press("cash", "key.1")
	c.press("cash", "key.00", "key.00", "take")
	c.see("change", "new-sale")
	c.paper(printer, "1 Corner Street", "78.00", "100.00", "22.00")
	if kicks := printer.Paper().Kicks; len(kicks) != 1 {
		t.Errorf("the drawer was opened %d times", len(kicks))
	}
	c.changeGiven()
	c.see("amount", "recent.0")

	// Sales by code: one is paid, one refused.
	c.scene("sale", "sale approved")
	c.paper(printer, "000002")
	c.press("outcome", "new-sale")
	c.scene("no-funds", "sale refused: funds")
	c.press("outcome", "new-sale")

	// Another language in one touch, and back again.
	for _, tag := range []string{"de", "zh", "en"} {
		c.press("amount", "language")
		if now := c.language(tag); now != tag {
			t.Errorf("the window speaks %s, not %s", now, tag)
		}
	}

	// The printer is lost and comes back; meanwhile the shop sells.
	printer.SetOffline(true)
	c.press("amount", "key.5", "cash")
	c.press("cash", "note.0")
	c.changeGiven()
	c.see("amount", "recent.3")
	printer.SetOffline(false)
	c.paper(printer, "0.05")

	// The first sale is given back out of the drawer, which a manager approves.
	c.press("amount", "recent.3")
	c.press("detail", "refund")
	c.press("office.refund", "why.0", "primary")
	c.see("office.approve", "manager.Anna")
	c.enter(annasPIN)
	c.see("office.end", "")
	c.paper(printer, "Paid out in cash")
	if kicks := printer.Paper().Kicks; len(kicks) != 3 {
		t.Errorf("the drawer was opened %d times", len(kicks))
	}
	c.key(display.Return)
	c.leaveOffice()

	// Power goes while a customer is looking at the code: nothing was sent, and the
	// terminal comes back without that sale.
	c.press("amount", "key.9", "key.00", "charge")
	c.see("present", "code")
	if err := c.shop.CrashTerminal(); err != nil {
		t.Fatal(err)
	}
	c.reopen()
	c.press("sign-in", "member.1")
	c.enter(bosPIN)
	c.see("amount", "recent.0")

	// Power goes while nobody knows whether a customer has paid: the terminal comes back
	// with that sale, asks, and takes the payment back.
	c.unknownSale()
	if err := c.shop.CrashTerminal(); err != nil {
		t.Fatal(err)
	}
	c.stage.Link.Slow(0)
	c.stage.Link.Mend()
	from := c.stage.Chronicle.Len()
	c.reopen()
	waiting, stop := context.WithTimeout(ctx, hung)
	defer stop()
	if _, _, err := c.stage.Chronicle.Wait(waiting, from, chronicle.WithControl(shop.Terminal, "alert.seen")); err != nil {
		t.Fatalf("the terminal never told how the interrupted sale ended: %v", err)
	}
	c.press("sign-in", "member.1")
	c.enter(bosPIN)
	c.press("amount", "alert.seen")

	// The next works in one touch and a PIN, counts the drawer and closes the shift.
	c.press("amount", "who")
	c.press("sign-in", "member.0")
	c.enter(annasPIN)
	c.press("amount", "menu")
	c.press("office.menu", "menu.shift")
	c.press("office.shift", "primary")
	c.closeShift("10000")
	z := c.lastZ()
	if z.Number != 1 || z.Cash.Float != 10000 || z.Cash.Sales != 7805 || z.Cash.Refunds != 7800 || z.Cash.Expected != 10005 || z.Cash.Difference != -5 {
		t.Errorf("the Z report says %+v", z)
	}
	if err := c.shop.Proof(ctx); err != nil {
		t.Error(err)
	}
	if err := printer.Err(); err != nil {
		t.Errorf("what was printed: %v", err)
	}
}

// changeGiven takes the change off the screen, by a key that is not the one that took the money.
func (c till) changeGiven() {
	c.t.Helper()
	c.see("change", "new-sale")
	c.key(display.Return)
	c.key('+')
	c.see("amount", "cash")
}

// language waits for the window's language and returns it.
func (c till) language(want string) string {
	c.t.Helper()
	ctx, stop := context.WithTimeout(c.ctx, hung)
	defer stop()
	for {
		from := c.stage.Chronicle.Len()
		now := c.stage.Chronicle.Now(shop.Terminal)
		if now != nil && now.Language == want {
			return want
		}
		if _, _, err := c.stage.Chronicle.Wait(ctx, from, chronicle.OnScreen(shop.Terminal)); err != nil {
			return now.Language
		}
	}
}

// zReport is what the tests look at of a Z.
type zReport struct {
	Number uint64
	Cash   struct{ Float, Sales, Refunds, Expected, Counted, Difference int64 }
}

// lastZ closes the terminal and reads the newest Z from its journal, as scripts do.
func (c till) lastZ() (z zReport) {
	c.t.Helper()
	if err := c.shop.CloseTerminal(); err != nil {
		c.t.Fatal(err)
	}
	out, err := c.shop.Terminal(c.ctx, "report list")
	if err != nil {
		c.t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[0]), &z); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	return z
}

// leaveOffice goes back to selling.
func (c till) leaveOffice() {
	c.t.Helper()
	for range 6 {
		now := c.see(c.stage.Chronicle.Now(shop.Terminal).Name, "")
		if now.Name == "amount" {
			return
		}
		from := c.stage.Chronicle.Len()
		c.key(display.Escape)
		waiting, stop := context.WithTimeout(c.ctx, hung)
		_, _, err := c.stage.Chronicle.Wait(waiting, from, chronicle.OnScreen(shop.Terminal))
		stop()
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// closeShift counts the drawer and closes the shift.
func (c till) closeShift(total string) {
	c.t.Helper()
	c.press("office.count", "total")
	c.enter(total)
	c.press("office.close", "primary")
	c.see("office.end", "see")
}

// reopen opens the terminal after a power cut.
func (c till) reopen() {
	c.t.Helper()
	window, err := c.reopened(c.ctx, shop.Terminal, terminalAt, chronicle.OnScreen(shop.Terminal), c.shop.ReopenTerminal)
	if err != nil {
		c.t.Fatal(err)
	}
	c.stage.Terminal = window
}

// unknownSale is a sale whose payment arrives and whose answer does not.
func (c till) unknownSale() {
	c.t.Helper()
	ctx, stop := context.WithTimeout(c.ctx, hung)
	defer stop()
	var hands sync.WaitGroup
	fingers, lift := context.WithCancel(ctx)
	hands.Go(func() { c.stage.Hands(fingers, c.stage.Owner) })
	err := scene.Unanswered(ctx, c.stage)
	lift()
	hands.Wait()
	if err != nil {
		c.t.Fatal(err)
	}
	c.see("unknown", "")
}
