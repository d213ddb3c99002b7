package paper

import (
	"strings"
)

// Plain is the document as text of so many columns (32, 42, 48…), for a screen of fixed pitch, a log or a test. A QR code is
// its text in brackets; reversed lines stand between asterisks.
func Plain(d Document, width int) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(strings.TrimRight(s, " ") + "\n") }
	for _, block := range d.Blocks {
		switch v := block.(type) {
		case Text:
			v.Size = 1 // a plain text has one size
			for _, r := range rows(v, float64(width), float64(v.Indent), 1, columns) {
				s := spaced(r, width)
				if v.Reverse {
					s = "*" + strings.TrimRight(s, " ") + "*"
				}
				line(s)
			}
		case Rule:
			if v.Heavy {
				line(strings.Repeat("=", width))
			} else {
				line(strings.Repeat("-", width))
			}
		case QR:
			for _, s := range wrap("["+v.Text+"]", float64(width), float64(width), columns) {
				line(s)
			}
		case Image:
			line("[picture]")
		case Space:
			for range max(v.Lines, 1) {
				line("")
			}
		case Cut:
			line(strings.Repeat("- ", width/2))
		case Kick:
			line("[drawer]")
		}
	}
	return b.String()
}

// spaced is a row written with spaces in between, counted in columns of its own size.
func spaced(r row, width int) string {
	scale := max(r.size, 1)
	width /= scale
	indent := int(r.indent) / scale
	free := width - indent - int(columns(r.left)) - int(columns(r.right))
	switch {
	case r.right != "":
		return pad(indent) + r.left + pad(free) + r.right
	case r.align == Right:
		return pad(indent+free) + r.left
	case r.align == Centre:
		return pad(indent+free/2) + r.left
	}
	return pad(indent) + r.left
}

func pad(n int) string { return strings.Repeat(" ", max(n, 0)) }
