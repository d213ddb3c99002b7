package widgets

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"

	"countersign/assets"
	"countersign/protocol/money"
)

// TestContrast holds the text roles to 7:1 (WCAG 2, enhanced) on every ground they are written on, and what is drawn to 3:1.
func TestContrast(t *testing.T) {
	for look, appearance := range appearances() {
		th := NewTheme(appearance)
		for _, pair := range []struct {
			ink, ground fyne.ThemeColorName
			least       float64
		}{
			{ColorText, ColorGround, 7}, {ColorText, ColorSurface, 7}, {ColorText, ColorSurfaceDown, 7},
			{ColorQuiet, ColorGround, 7}, {ColorQuiet, ColorSurface, 7},
			{ColorOnGo, ColorGo, 7}, {ColorOnGo, ColorGoDown, 7}, {ColorOnAttention, ColorAttention, 7},
			{ColorGoText, ColorGround, 7}, {ColorAttentionText, ColorGround, 7}, {ColorRefusalText, ColorGround, 7},
			{ColorOnRefusal, ColorRefusal, 4.5}, // the cross, no text
			{ColorRefusal, ColorGround, 3}, {ColorOutline, ColorGround, 3}, {ColorFocus, ColorGround, 3},
		} {
			if got := ContrastRatio(role(th, pair.ink), role(th, pair.ground)); got < pair.least {
				t.Errorf("%s: %s on %s is %.2f:1, want %v:1", look, pair.ink, pair.ground, got, pair.least)
			}
		}
	}
	if r := ContrastRatio(color.White, color.Black); r < 20.99 || r > 21.01 {
		t.Errorf("white on black is %v:1", r)
	}
}

func TestThemeIsWhole(t *testing.T) {
	for look, appearance := range appearances() {
		th := NewTheme(appearance)
		test.AssertAllColorNamesDefined(t, th, look)
		for _, name := range []fyne.ThemeSizeName{SizeCaption, SizeBody, SizeLead, SizeHeading, SizeKey} {
			if th.Size(name) < SmallestText {
				t.Errorf("%s: %s is %v", look, name, th.Size(name))
			}
		}
	}
	if got := NewTheme(Appearance{TextScale: 2}).Size(theme.SizeNameText); got != 2*NewTheme(Appearance{}).Size(theme.SizeNameText) {
		t.Errorf("twice the text is %v", got)
	}
	if NewTheme(Appearance{}).Font(fyne.TextStyle{Bold: true}).Name() != assets.FontName(assets.Bold) {
		t.Error("bold is another font")
	}
}

// TestFyneDrawsTheFonts: Fyne renders the CFF outlines. Hanzi, digits and signs each leave ink, each its own, and digits are
// as wide as one another.
func TestFyneDrawsTheFonts(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	seen := map[string]string{}
	for _, bold := range []bool{false, true} {
		for _, text := range []string{"收", "款", "0", "8", "¥", "€", "✓", "Ä"} {
			if underRace {
				continue
			}
			picture := drawText(t, text, bold)
			ink := 0
			for _, v := range picture {
				if v > 127 {
					ink++
				}
			}
			if ink < 60 {
				t.Errorf("%q leaves %d pixels of ink", text, ink)
			}
			if other, same := seen[string(picture)]; same {
				t.Errorf("%q looks like %q", text, other)
			}
			seen[string(picture)] = text
		}
	}
	width := textWidth("0", 100, fyne.TextStyle{Bold: true})
	for _, digit := range "123456789" {
		if w := textWidth(string(digit), 100, fyne.TextStyle{Bold: true}); w != width {
			t.Errorf("%c is %v wide, 0 is %v", digit, w, width)
		}
	}
}

// TestEveryCurrencySignCanBeDrawn: by the embedded font or, as Fyne falls back, by its built-in one.
func TestEveryCurrencySignCanBeDrawn(t *testing.T) {
	ours, err := sfnt.Parse(assets.Font(assets.Regular))
	if err != nil {
		t.Fatal(err)
	}
	fynes, err := sfnt.Parse(theme.DefaultTextFont().Content())
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	for _, c := range money.Currencies() {
		for _, r := range c.Symbol() {
			a, _ := ours.GlyphIndex(&buffer, r)
			b, _ := fynes.GlyphIndex(&buffer, r)
			if a == 0 && b == 0 {
				t.Errorf("%s: no font has %q", c, r)
			}
		}
	}
}
