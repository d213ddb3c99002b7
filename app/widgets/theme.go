package widgets

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"countersign/assets"
)

// The roles of colour. A role has the same meaning in every appearance; "on" is what is written or drawn upon the role's fill,
// "text" the role's words upon the ground.
const (
	ColorGround                            = theme.ColorNameBackground
	ColorText                              = theme.ColorNameForeground
	ColorQuiet         fyne.ThemeColorName = "quiet"   // secondary words
	ColorSurface       fyne.ThemeColorName = "surface" // keys, panels, rows
	ColorSurfaceDown   fyne.ThemeColorName = "surfaceDown"
	ColorOutline       fyne.ThemeColorName = "outline" // edges of controls
	ColorFocus                             = theme.ColorNameFocus
	ColorGo            fyne.ThemeColorName = "go"
	ColorGoDown        fyne.ThemeColorName = "goDown"
	ColorOnGo          fyne.ThemeColorName = "onGo"
	ColorGoText        fyne.ThemeColorName = "goText"
	ColorAttention     fyne.ThemeColorName = "attention" // do something
	ColorOnAttention   fyne.ThemeColorName = "onAttention"
	ColorAttentionText fyne.ThemeColorName = "attentionText"
	ColorRefusal       fyne.ThemeColorName = "refusal" // no
	ColorOnRefusal     fyne.ThemeColorName = "onRefusal"
	ColorRefusalText   fyne.ThemeColorName = "refusalText"
)

// The roles of type.
const (
	SizeCaption                    = theme.SizeNameCaptionText    // 18: codes and details
	SizeBody                       = theme.SizeNameText           // 22: sentences and labels
	SizeLead                       = theme.SizeNameSubHeadingText // 28: what to do now
	SizeHeading                    = theme.SizeNameHeadingText    // 40: what happened
	SizeKey     fyne.ThemeSizeName = "key"                        // 34: digits on keys
	SizeLarge   fyne.ThemeSizeName = "large"                      // 34: sentences on a display that faces customers
	SizeTitle   fyne.ThemeSizeName = "title"                      // 52: what a customer is to do
	SizeHuge    fyne.ThemeSizeName = "huge"                       // 72: a word that is read from across a counter
)

// Appearance is how a window looks; the zero value is the dark one.
type Appearance struct {
	Light        bool
	HighContrast bool
	TextScale    float32 // 1 to 2; 0 counts as 1
}

// Theme is a fyne.Theme with the project's roles of colour and type and its embedded fonts. It does not follow the system's
// light or dark setting: a shop sets what its window and lamp ask for.
type Theme struct {
	appearance    Appearance
	palette       map[fyne.ThemeColorName]color.NRGBA
	regular, bold fyne.Resource
}

// NewTheme makes the theme for an appearance. Text is scaled by at most 2.
func NewTheme(a Appearance) *Theme {
	a.TextScale = min(max(a.TextScale, 1), 2)
	return &Theme{
		appearance: a,
		palette:    palette(a),
		regular:    fyne.NewStaticResource(assets.FontName(assets.Regular), assets.Font(assets.Regular)),
		bold:       fyne.NewStaticResource(assets.FontName(assets.Bold), assets.Font(assets.Bold)),
	}
}

// Appearance is what the theme was made for.
func (t *Theme) Appearance() Appearance { return t.appearance }

// Color gives a role's colour; names of Fyne's own widgets are mapped onto the roles.
func (t *Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := t.palette[name]; ok {
		return c
	}
	if role, ok := standIn(name); ok {
		return t.palette[role]
	}
	variant := theme.VariantDark
	if t.appearance.Light {
		variant = theme.VariantLight
	}
	return theme.DefaultTheme().Color(name, variant)
}

func standIn(name fyne.ThemeColorName) (fyne.ThemeColorName, bool) {
	switch name {
	case theme.ColorNamePrimary, theme.ColorNameSuccess:
		return ColorGo, true
	case theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnSuccess:
		return ColorOnGo, true
	case theme.ColorNameWarning:
		return ColorAttention, true
	case theme.ColorNameError:
		return ColorRefusal, true
	case theme.ColorNameButton, theme.ColorNameInputBackground, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return ColorSurface, true
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return ColorQuiet, true
	case theme.ColorNameInputBorder, theme.ColorNameSeparator:
		return ColorOutline, true
	}
	return "", false
}

// Font is Noto Sans SC, bold or regular; the monospace and symbol styles stay Fyne's.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Monospace, style.Symbol:
		return theme.DefaultTheme().Font(style)
	case style.Bold:
		return t.bold
	}
	return t.regular
}

// Icon is Fyne's.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Size gives distances, and sizes of type already scaled.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case SizeCaption:
		return 18 * t.appearance.TextScale
	case SizeBody:
		return 22 * t.appearance.TextScale
	case SizeLead:
		return 28 * t.appearance.TextScale
	case SizeHeading:
		return 40 * t.appearance.TextScale
	case SizeLarge:
		return 34 * t.appearance.TextScale
	case SizeTitle:
		return 52 * t.appearance.TextScale
	case SizeHuge:
		return 72 * t.appearance.TextScale
	case SizeKey:
		return 34 * t.appearance.TextScale
	case theme.SizeNamePadding, theme.SizeNameInnerPadding:
		return Grid
	}
	return theme.DefaultTheme().Size(name)
}

// ContrastRatio is WCAG 2's contrast of two opaque colours, 1 to 21.
func ContrastRatio(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// role is a role's colour in a widget's own theme.
func role(t fyne.Theme, name fyne.ThemeColorName) color.NRGBA {
	return color.NRGBAModel.Convert(t.Color(name, theme.VariantDark)).(color.NRGBA)
}
