package screens

import (
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
