package chart

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"

	"countersign/protocol/money"

	"github.com/go-analyze/charts"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// canvas is a picture being drawn: the library's painter, and sizes in pixels.
type canvas struct {
	*charts.Painter
	style Style
	theme charts.ColorPalette
	face  charts.FontStyle
	// text is the height of the text, margin what is left free at the edges.
	text, margin int
}

// small is the least that a chart can be drawn in, in heights of its text.
const small = 6

// begin fills the ground. ErrStyle.
func begin(s Style) (*canvas, error) {
	if s.Width < 1 || s.Height < 1 || len(s.Palette.Series) == 0 || s.Palette.Ground == nil || s.Palette.Text == nil || s.Palette.Quiet == nil {
		return nil, ErrStyle
	}
	if s.Scale <= 0 {
		s.Scale = 1
	}
	if s.TextSize <= 0 {
		s.TextSize = 16
	}
	// The library keeps fonts by name and for good: one name for each font.
	family := fmt.Sprintf("font %08x", crc32.ChecksumIEEE(s.Font))
	font := charts.GetFont(family)
	if font == charts.GetDefaultFont() {
		if err := charts.InstallFont(family, s.Font); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStyle, err)
		}
		font = charts.GetFont(family)
	}
	c := &canvas{style: s, face: charts.FontStyle{Font: font}, text: max(int(s.TextSize*s.Scale+0.5), 1)}
	c.margin = c.text * 3 / 4
	series := make([]charts.Color, len(s.Palette.Series))
	for n, one := range s.Palette.Series {
		series[n] = rgba(one)
	}
	c.theme = charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: rgba(s.Palette.Quiet), AxisSplitLineColor: rgba(s.Palette.Quiet).WithAlpha(70), BackgroundColor: rgba(s.Palette.Ground),
		TextColor: rgba(s.Palette.Text), SeriesColors: series,
	})
	c.Painter = charts.NewPainter(charts.PainterOptions{
		OutputFormat: charts.ChartOutputPNG, Width: s.Width, Height: s.Height, Font: font, Theme: c.theme,
	})
	ground := rgba(s.Palette.Ground)
	c.FilledRect(0, 0, s.Width, s.Height, ground, ground, 0)
	return c, nil
}

func rgba(c color.Color) charts.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return charts.Color{R: n.R, G: n.G, B: n.B, A: n.A}
}

// end returns what was drawn.
func (c *canvas) end() (image.Image, error) {
	encoded, err := c.Bytes() // the library gives its picture away only so
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	picture, err := png.Decode(bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	if whole, ok := picture.(*image.RGBA); ok {
		return whole, nil
	}
	whole := image.NewRGBA(picture.Bounds())
	draw.Draw(whole, whole.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return whole, nil
}

// font is a style of so many pixels.
func (c *canvas) font(pixels int, of color.Color) charts.FontStyle {
	f := c.face
	f.FontSize, f.FontColor = float64(pixels)*72/96, rgba(of)
	return f
}

func (c *canvas) plain() charts.FontStyle { return c.font(c.text, c.style.Palette.Text) }

func (c *canvas) width(text string, f charts.FontStyle) int {
	if text == "" {
		return 0
	}
	return c.MeasureText(text, 0, f).Width()
}

// shorten cuts a text so that it fits.
func (c *canvas) shorten(text string, width int, f charts.FontStyle) string {
	if c.width(text, f) <= width {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes) // the most that fit are in low ≤ n < high
	for high-low > 1 {
		if n := (low + high) / 2; c.width(string(runes[:n])+"…", f) <= width {
			low = n
		} else {
			high = n
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}

// write puts a text with its baseline at y; nothing where there is no room for it.
func (c *canvas) write(text string, x, y int, f charts.FontStyle) {
	if size := int(f.FontSize * 96 / 72); text != "" && y > size && y+size*3/8 < c.style.Height {
		c.Text(text, x, y, 0, f)
	}
}

// title writes the title and returns where what is below it begins.
func (c *canvas) title(text string) (top int) {
	if text == "" {
		return c.margin
	}
	size := c.text * 9 / 8
	f := c.font(size, c.style.Palette.Text)
	c.write(c.shorten(text, c.style.Width-2*c.margin, f), c.margin, c.margin+size, f)
	return c.margin + size*7/4
}

// empty writes the quiet sentence into the middle of what is below top, in as many
// lines as it needs.
func (c *canvas) empty(top int) {
	f := c.font(c.text, c.style.Palette.Quiet)
	lines := c.wrap(c.style.Empty, c.style.Width-2*c.margin, f)
	height := c.text * 3 / 2
	y := max((top+c.style.Height-len(lines)*height)/2, top)
	for n, line := range lines {
		c.write(line, (c.style.Width-c.width(line, f))/2, y+n*height+c.text, f)
	}
}

// tiny says whether there is no room for a chart below top.
func (c *canvas) tiny(top int) bool {
	return c.style.Height-top < small*c.text || c.style.Width < 2*small*c.text
}

// value writes an amount or a count.
func (c *canvas) value(v int64, currency money.Currency) string {
	if currency != 0 {
		return money.Amount{Minor: v, Currency: currency}.Format(c.style.Language)
	}
	tag, err := language.Parse(c.style.Language)
	if err != nil {
		return strconv.FormatInt(v, 10)
	}
	if latin, err := tag.SetTypeForKey("nu", "latn"); err == nil { // as money has it
		tag = latin
	}
	return message.NewPrinter(tag).Sprint(number.Decimal(v))
}
