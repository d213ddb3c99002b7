package main

import (
	"testing"

	"countersign/app/demo/shop"
)

// TestUnattended sets a terminal up from nothing by a configuration file and one command,
// which is cut off on the way, and takes a sale with it that a customer pays: by the
// programs as they are, against an authority and a settlement server of the moment. Then
// the terminal starts again from its file alone.
func TestUnattended(t *testing.T) {
	t.Parallel()
	ctx, stage := counter(t, shop.Counter{Unattended: true, Staff: []shop.Member{{Name: "anna", PIN: annasPIN}}}, false)
	c := till{stage, &stage.stage, t, ctx}
	signIn := func() {
		c.press("sign-in", "member.0")
		c.enter(annasPIN)
	}
	signIn()
	c.see("shift", "open-shift")
	c.enter("0")
	c.see("amount", "key.1")
	c.scene("sale", "sale approved")
	if err := c.shop.CloseTerminal(); err != nil {
		t.Fatal(err)
	}
	c.reopen()
	signIn()
	c.see("amount", "recent.0")
}
