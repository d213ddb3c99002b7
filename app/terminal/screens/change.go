package screens

import "countersign/app/terminal/sale"

// Redraw shows who is on duty, whether a shift is open and what was sold last, which the
// manager's pages or another program may have changed. It may be called from any goroutine.
func (k *Kiosk) Redraw() { k.stage.Do(k.redraw) }

// Train begins a training, or ends it with nil. The till behind the window must be
// another one from then on. It may be called from any goroutine.
func (k *Kiosk) Train(t Training) {
	k.stage.Do(func() {
		k.Training = t
		k.entry, k.bill, k.trouble = k.entry.Clear(), bill{}, ""
		k.redraw()
	})
}

func (k *Kiosk) redraw() {
	if k.at == atOffice && k.view.Stage == sale.Idle {
		k.office.Language(k.book)
		return
	}
	k.build()
}
