package paper

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// measure is how wide a text is, in whatever unit the room is given in.
type measure func(string) float64

// columns is a text's width on a fixed pitch: 2 for wide and full-width characters, 0 for combining marks, else 1.
func columns(s string) float64 {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return float64(n)
}

func cells(r rune) int {
	if unicode.Is(unicode.Mn, r) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// noStart may not begin a line, noEnd may not end one.
const (
	noStart = "，。、；：！？）》」』】〉…—％℃·,.;:!?)]}%"
	noEnd   = "（《「『【〈([{“‘"
)

// pieces cuts a text where a line may end: behind spaces, and between two characters of which one is wide.
func pieces(text string) []string {
	var out []string
	var piece strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		piece.WriteRune(r)
		if i+1 == len(runes) {
			break
		}
		next := runes[i+1]
		open := r == ' ' && next != ' '
		if !open && (cells(r) == 2 || cells(next) == 2) && next != ' ' && r != ' ' {
			open = !strings.ContainsRune(noStart, next) && !strings.ContainsRune(noEnd, r)
		}
		if open {
			out = append(out, piece.String())
			piece.Reset()
		}
	}
	return append(out, piece.String())
}

// wrap breaks a text into lines that fit: first is the room of the first line, rest that of the others. A piece that is
// wider than a whole line is broken where the room ends. Line breaks in the text are kept. There is at least one line.
func wrap(text string, first, rest float64, m measure) []string {
	var lines []string
	room := func() float64 {
		if len(lines) == 0 {
			return first
		}
		return rest
	}
	for _, paragraph := range strings.Split(clean(text), "\n") {
		line := ""
		for _, piece := range pieces(paragraph) {
			if m(strings.TrimRight(line+piece, " ")) <= room() {
				line += piece
				continue
			}
			if line != "" {
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
			}
			for m(strings.TrimRight(piece, " ")) > room() {
				n := fitting(piece, room(), m)
				if n == 0 { // nothing fits this line; the next is wider, or else takes one character
					if room() < rest {
						lines = append(lines, "")
						continue
					}
					n = len(string([]rune(piece)[:1]))
				}
				lines, piece = append(lines, piece[:n]), piece[n:]
			}
			line = piece
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// fitting is how many bytes of a text fit.
func fitting(text string, room float64, m measure) int {
	n := 0
	for i, r := range text {
		end := i + len(string(r))
		if m(text[:end]) > room {
			break
		}
		n = end
	}
	return n
}

// clean leaves no control character but the line break: what is printed comes from items and names that people typed.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, r == '\u200b', r == '\ufeff':
			return -1
		}
		return r
	}, text)
}

// row is one line as it is printed.
type row struct {
	left, right string
	align       Align
	size        int
	indent      float64
}

// rows sets a Text into a room of so many units of size 1, where sizes are whole factors, as printers have them. m
// measures at size 1; gap is the least space between the parts.
func rows(t Text, room, indent, gap float64, m measure) []row {
	return set(t, room, indent, gap, m, func(size int) float64 { return float64(size) })
}

// rowsScaled is rows with the factors of a PDF.
func rowsScaled(t Text, room, indent, gap float64, m measure) []row {
	return set(t, room, indent, gap, m, scaleOf)
}

func set(t Text, room, indent, gap float64, m measure, factor func(size int) float64) []row {
	size := min(max(t.Size, 1), 3)
	right := strings.ReplaceAll(clean(t.Right), "\n", " ")
	for size > 1 && (m(right)*factor(size) > room || m(longest(t.Left))*factor(size) > room-indent) {
		size--
	}
	full := (room - indent) / factor(size)
	alone := func() []row { // a line of its own; one wider than the paper even so is wrapped, for paper is all there is
		var out []row
		for _, line := range wrap(right, full, full, m) {
			out = append(out, row{right: line, size: size})
		}
		return out
	}
	lines := func(first, hang float64) []row {
		var out []row
		for _, line := range wrap(t.Left, first, full-hang/factor(size), m) {
			r := row{left: line, align: t.Align, size: size, indent: indent}
			if len(out) > 0 {
				r.indent += hang
			}
			out = append(out, r)
		}
		return out
	}
	hang := 2 * gap // what goes on below an amount is moved in, so that it does not look like an entry of its own
	switch beside, first := full-m(right)-gap, m(firstPiece(t.Left)); {
	case right == "":
		return lines(full, 0)
	case t.Left == "":
		return alone()
	case beside < full/4 && m(clean(t.Left)) > beside, first > beside && first <= full:
		return append(lines(full, hang), alone()...) // too little is left beside it
	default:
		out := lines(beside, hang)
		out[0].right = right
		return out
	}
}

// longest is the widest piece of a text that cannot be broken, so far as columns tell.
func longest(text string) string {
	best := ""
	for _, p := range pieces(clean(text)) {
		if columns(p) > columns(best) {
			best = strings.TrimRight(p, " ")
		}
	}
	return best
}

func firstPiece(text string) string { return strings.TrimRight(pieces(clean(text))[0], " ") }
