package screens

import (
	"strings"

	"countersign/app/terminal/sale"
)

// What a code on goods can be, where whole texts come and not keys: EAN and UPC are digits,
// Code 39 and the labels that shops print themselves have letters and these signs.
const (
	goodsMost  = 48 // bytes, as many as a price list takes
	goodsTold  = 20 // bytes of one that no item has that are told; more leave the window's line
	goodsSigns = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._/+$% "
)

// isGoods says whether a text can be a code on goods. No payment code is one, for those have
// colons, and no address of a page.
func isGoods(text string) bool {
	return text != "" && len(text) <= goodsMost && strings.Trim(text, goodsSigns) == "" && strings.TrimSpace(text) == text
}

// Goods puts the item on the bill whose code a hand imager has read, as [Setup.Wand]'s kind
// of imager does by typing it; a code that no item has is told. It counts only while an
// amount can be keyed: what is read during a sale, at sign-in or at the manager's pages is
// nobody's, and so is what cannot be a code on goods. It may be called from any goroutine
// and returns at once.
func (k *Kiosk) Goods(code string) {
	if !isGoods(code) {
		return
	}
	k.stage.Do(func() {
		if k.view.Stage != sale.Idle || k.place() != atAmount {
			return
		}
		k.touched = k.Now()
		k.trouble = ""
		k.addGoods(code)
	})
}

// addGoods puts the item on the bill whose code was read or typed by a wand. Of a code that
// no item has the beginning is told; what is too long for a code on goods is nobody's.
func (k *Kiosk) addGoods(code string) {
	if len(code) > goodsMost {
		return
	}
	for _, g := range k.Items {
		for _, i := range g.Items {
			if i.Code == code {
				k.addItem(i)
				return
			}
		}
	}
	if len(code) > goodsTold {
		code = code[:goodsTold] + "…"
	}
	k.trouble = k.book.Say("terminal.items.unknown", "code", code)
	k.refreshEntry()
}
