package doctor

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// The least and the usual width of a table, in columns.
const (
	LeastWidth = 60
	UsualWidth = 80
)

// Width is that of the terminal behind w, or UsualWidth where there is none.
func Width(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if n := columnsOfTerminal(file); n > 0 {
			return n
		}
	}
	return UsualWidth
}

// words are the states as people read them.
var words = map[State]string{OK: "ok", Warning: "WARNING", Bad: "FAILED"}

// Table writes findings for people: a line or more each, at most width columns (of a
// terminal's; LeastWidth is the least), what to do under what was found, and a line that
// sums them up.
func Table(w io.Writer, findings []Finding, width int) error {
	width = max(width, LeastWidth)
	var stateWidth, titleWidth int
	for _, f := range findings {
		stateWidth, titleWidth = max(stateWidth, columns(words[f.State])), max(titleWidth, columns(f.Title))
	}
	indent := stateWidth + titleWidth + 4
	var text strings.Builder
	for _, f := range findings {
		lines := wrap(f.Found, width-indent)
		if f.Do != "" {
			for n, line := range wrap(f.Do, width-indent-2) {
				lines = append(lines, map[bool]string{true: "→ ", false: "  "}[n == 0]+line)
			}
		}
		text.WriteString(pad(words[f.State], stateWidth+2) + pad(f.Title, titleWidth+2))
		for n, line := range lines {
			if n > 0 {
				text.WriteString(strings.Repeat(" ", indent))
			}
			text.WriteString(line + "\n")
		}
	}
	text.WriteString("\n" + strings.Join(wrap(summary(findings), width), "\n") + "\n")
	_, err := io.WriteString(w, text.String())
	return err
}

// summary is the last line.
func summary(findings []Finding) string {
	count := map[State]int{}
	for _, f := range findings {
		count[f.State]++
	}
	switch {
	case count[Bad] > 0:
		return fmt.Sprintf("%d of %d checks failed, %d with a warning. Begin with the first that failed.", count[Bad], len(findings), count[Warning])
	case count[Warning] > 0:
		return fmt.Sprintf("Nothing failed; %d of %d checks with a warning.", count[Warning], len(findings))
	}
	return fmt.Sprintf("All %d checks are well.", len(findings))
}

// wrap breaks a text at its spaces into lines of at most width columns; a word that is
// longer, such as the name of a file, is broken where the line ends.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		if used > 0 && used+1+columns(word) > width {
			lines, line, used = append(lines, line), "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		for _, r := range word {
			if wide := columnsOf(r); used+wide > width {
				lines, line, used = append(lines, line), string(r), wide
			} else {
				line, used = line+string(r), used+wide
			}
		}
	}
	return append(lines, line)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}

// columns is how many columns of a terminal a text takes.
func columns(text string) (n int) {
	for _, r := range text {
		n += columnsOf(r)
	}
	return n
}

// columnsOf is two for characters of Chinese, Japanese and Korean, and full width forms.
func columnsOf(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), r >= 0x3000 && r <= 0x303F, r >= 0xFF01 && r <= 0xFF60:
		return 2
	}
	return 1
}
