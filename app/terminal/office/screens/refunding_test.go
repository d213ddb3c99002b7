package screens

import (
	"testing"
	"time"

	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

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

// Why a refund was given stands on its own page and on that of its sale.
func TestWhyRefunded(t *testing.T) {
	c := manager(t)
	c.openSale(1259)
	c.says("Refund 001262: Refunded", "Faulty")
	c.openSale(1262)
	c.says("Not what was ordered")
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
