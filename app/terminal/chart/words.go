package chart

import (
	"strings"
	"unicode"

	"github.com/go-analyze/charts"
)

// wrap breaks a sentence into lines: at spaces, and where a script has none, between
// its characters.
func (c *canvas) wrap(text string, width int, f charts.FontStyle) []string {
	var lines []string
	line := ""
	for _, piece := range pieces(text) {
		if line != "" && c.width(strings.TrimSpace(line+piece), f) > width {
			lines, line = append(lines, strings.TrimSpace(line)), ""
		}
		line += piece
	}
	if line = strings.TrimSpace(line); line != "" {
		lines = append(lines, line)
	}
	for n, line := range lines {
		lines[n] = c.shorten(line, width, f)
	}
	return lines
}

// pieces are words with the space behind them, and single ideographs.
func pieces(text string) []string {
	var list []string
	word := strings.Builder{}
	end := func() {
		if word.Len() > 0 {
			list = append(list, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		alone := unicode.Is(unicode.Han, r)
		if alone {
			end()
		}
		word.WriteRune(r)
		if alone || unicode.IsSpace(r) {
			end()
		}
	}
	end()
	return list
}

// key is one entry of a legend: a square in the colour of a series and a text.
type key struct {
	text  string
	index int
}

// legend writes names beside squares, in rows from left to right, and returns where
// what is below begins.
func (c *canvas) legend(keys []key, top int) int {
	f := c.plain()
	row := c.text * 13 / 8
	x, y := c.margin, top
	for _, k := range keys {
		text := c.shorten(k.text, c.style.Width-2*c.margin-c.text*5/4, f)
		wide := c.text*5/4 + c.width(text, f)
		if x > c.margin && x+wide > c.style.Width-c.margin {
			x, y = c.margin, y+row
		}
		c.entry(k.index, text, x, y, f)
		x += wide + c.text*5/4
	}
	return y + row
}

// entry draws one square with its text, in a row that begins at y.
func (c *canvas) entry(index int, text string, x, y int, f charts.FontStyle) {
	if y+c.text*11/8 >= c.style.Height {
		return
	}
	side := c.text * 3 / 4
	colour := c.theme.GetSeriesColor(index)
	c.FilledRect(x, y+c.text/4, x+side, y+c.text/4+side, colour, colour, 0)
	c.write(text, x+c.text*5/4, y+c.text, f)
}
