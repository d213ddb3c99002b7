package screens

import (
	"fyne.io/fyne/v2"

	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

// pinEntry is a PIN that is being keyed.
type pinEntry []byte

func (p *pinEntry) press(k widgets.Key) {
	switch {
	case k == widgets.KeyBackspace && len(*p) > 0:
		(*p)[len(*p)-1] = 0
		*p = (*p)[:len(*p)-1]
	case k >= 0 && k <= 9 && len(*p) < staff.MaxPIN:
		if *p == nil {
			*p = make([]byte, 0, staff.MaxPIN) // so that it is never copied
		}
		*p = append(*p, '0'+byte(k))
	}
}

// take hands it over and forgets it.
func (p *pinEntry) take() []byte {
	pin := *p
	*p = nil
	return pin
}

func (p *pinEntry) wipe() {
	clear((*p)[:cap(*p)])
	*p = nil
}

// dots show how many digits were keyed.
func (p *pinEntry) dots() fyne.CanvasObject { return widgets.NewPINDots(len(*p), staff.MinPIN) }
