package screens

import (
	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// Prefer shows the window in another language and appearance, the manager's pages too. It
// may be called from any goroutine.
func (k *Kiosk) Prefer(language string, a widgets.Appearance) {
	k.stage.Do(func() {
		widgets.SetAppearance(a)
		if err := k.setLanguage(language); err != nil {
			return
		}
		k.trouble = ""
		k.redraw()
	})
}

// redraw shows the same screen in another language, appearance or setup.
func (k *Kiosk) redraw() {
	if k.at == atOffice && k.view.Stage == sale.Idle {
		k.office.Language(k.book)
		return
	}
	k.build()
}
