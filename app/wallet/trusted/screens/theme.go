package screens

import (
	"image/color"

	"fyne.io/fyne/v2"

	"countersign/app/widgets"
)

// frame is the colour of the frame and the banner.
const colorFrame fyne.ThemeColorName = "trustedFrame"

// mostScale is the most that text is scaled: a pad whose keys lie where they
// always do leaves no room for more.
const mostScale = 1.25

// trustedTheme is the wallet's theme on a ground that no other window has. It has
// one appearance besides high contrast: what looks the same every day is missed
// when it does not.
type trustedTheme struct{ *widgets.Theme }

func newTheme(a widgets.Appearance) trustedTheme {
	a.Light = false
	a.TextScale = min(a.TextScale, mostScale)
	return trustedTheme{widgets.NewTheme(a)}
}

// Color gives a role's colour.
func (t trustedTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == colorFrame {
		return color.NRGBA{0xF5, 0xC5, 0x42, 0xFF}
	}
	if !t.Appearance().HighContrast {
		switch name {
		case widgets.ColorGround:
			return color.NRGBA{0x24, 0x13, 0x45, 0xFF}
		case widgets.ColorSurface:
			return color.NRGBA{0x38, 0x22, 0x63, 0xFF}
		case widgets.ColorSurfaceDown:
			return color.NRGBA{0x56, 0x3A, 0x8C, 0xFF}
		case widgets.ColorQuiet:
			return color.NRGBA{0xD3, 0xC6, 0xEC, 0xFF}
		}
	}
	return t.Theme.Color(name, variant)
}
