package screens

import "countersign/app/terminal/sale"

// tellKeyed tells whoever faces the customer what the bill comes to so far, where that
// has changed.
func (k *Kiosk) tellKeyed() {
	if k.Keyed == nil {
		return
	}
	var now sale.Bill
	if k.view.Stage == sale.Idle && (k.at == atAmount || k.at == atCash || k.at == atTip) {
		now = k.bill.charged(k.keyedMinor(), k.book.Say("terminal.items.keyed"), k.KeyedTax, 0)
	}
	if !now.Equal(k.told) {
		k.told = now
		k.Keyed(now)
	}
}
