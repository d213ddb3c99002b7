package virtualprinter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Command is one command as it came, or one byte of text.
type Command struct {
	Offset int    // of its first byte
	Name   string // "ESC a", "text"
	Args   []byte // its fixed arguments; the byte of a text
	Data   []byte // what follows by a length in the arguments
}

// SyntaxError is something that no such printer takes.
type SyntaxError struct {
	Offset int
	What   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset, e.What) }

// errShort: the command is not all there yet.
var errShort = errors.New("command is not complete")

// shape is a command's arguments: how many there are at least, what they may be, and what comes behind them.
type shape struct {
	args int
	fits func(a []byte) bool             // nil: anything
	more func(a []byte) (n int)          // bytes that follow; nil: none
	then func(a, data []byte) (s string) // what is wrong with those; nil: nothing
}

func one(of ...byte) func([]byte) bool {
	return func(a []byte) bool { return slices.Contains(of, a[0]) }
}

func most(n byte) func([]byte) bool { return func(a []byte) bool { return a[0] <= n } }

func little(a []byte) int {
	n := 0
	for i, b := range a {
		n |= int(b) << (8 * i)
	}
	return n
}

// shapes are the commands by their first bytes.
func shapes() map[string]shape {
	onOff := shape{args: 1, fits: one(0, 1, '0', '1')}
	n, nn := shape{args: 1}, shape{args: 2}
	block := func(then func(a, data []byte) string) shape { // pL pH and so many bytes
		return shape{args: 2, more: little, then: then}
	}
	return map[string]shape{
		"\n": {}, "\r": {},
		"\x1b@": {}, "\x1b2": {}, "\x1b3": n, "\x1b ": n, "\x1bJ": n, "\x1bd": n, "\x1b$": nn, "\x1b\\": nn,
		"\x1b!": n, "\x1bE": onOff, "\x1bG": onOff, "\x1b-": {args: 1, fits: one(0, 1, 2, '0', '1', '2')},
		"\x1bM": {args: 1, fits: one(0, 1, '0', '1')}, "\x1bR": {args: 1, fits: most(17)},
		"\x1ba": {args: 1, fits: one(0, 1, 2, '0', '1', '2')}, "\x1b{": {args: 1, fits: one(0)},
		"\x1bt": {args: 1, fits: func(a []byte) bool { return knownPage(a[0]) }},
		"\x1bp": {args: 3, fits: one(0, 1, '0', '1')},
		"\x1d!": {args: 1, fits: func(a []byte) bool { return a[0]&0x88 == 0 }},
		"\x1dB": onOff, "\x1dL": nn, "\x1dW": nn, "\x1da": n, "\x1dr": {args: 1, fits: one(1, 2, '1', '2')},
		"\x1dV": {args: 1, fits: one(0, 1, '0', '1', 65, 66), more: func(a []byte) int {
			if a[0] == 65 || a[0] == 66 {
				return 1
			}
			return 0
		}},
		"\x1dv0": {args: 5, fits: func(a []byte) bool { return a[0]&^3 == 0 && little(a[1:3]) > 0 && little(a[3:5]) > 0 },
			more: func(a []byte) int { return little(a[1:3]) * little(a[3:5]) }},
		"\x1d(L": block(graphics), "\x1d8L": {args: 4, more: little, then: graphics},
		"\x1d(k": block(symbolArgs),
		"\x1c&":  {}, "\x1c.": {}, "\x1cC": {args: 1, fits: one(0, 1, '0', '1')}, "\x1cS": nn, "\x1c!": n,
		"\x1c-":    {args: 1, fits: one(0, 1, 2, '0', '1', '2')},
		"\x1c(A":   block(func(_, d []byte) string { return fails(len(d) != 2 || d[0] != 48 || d[1] > 2, "not a choice of font") }),
		"\x10\x04": {args: 1, fits: func(a []byte) bool { return a[0] >= 1 && a[0] <= 4 }},
		"\x10\x14": {args: 3, fits: func(a []byte) bool { return a[0] == 1 && a[1] <= 1 && a[2] >= 1 && a[2] <= 8 }},
	}
}

// Commands lists what is known, sorted, by names as Epson's reference has them.
func Commands() []string {
	var names []string
	for key := range maps.Keys(shapes()) {
		names = append(names, name(key))
	}
	slices.Sort(names)
	return names
}

func name(key string) string {
	control := map[byte]string{'\n': "LF", '\r': "CR", 0x1b: "ESC", 0x1d: "GS", 0x1c: "FS", 0x10: "DLE"}
	s := control[key[0]]
	switch rest := key[1:]; {
	case rest == "":
	case rest == " ":
		s += " SP"
	case key[0] == 0x10 && rest == "\x04":
		s += " EOT"
	case key[0] == 0x10 && rest == "\x14":
		s += " DC4"
	default:
		for _, r := range rest {
			s += " " + string(r)
		}
	}
	return s
}

func fails(bad bool, what string) string {
	if bad {
		return what
	}
	return ""
}

// graphics checks the functions of GS ( L and GS 8 L that are known: 112 keeps a picture, 2 and 50 print it.
func graphics(_, d []byte) string {
	switch {
	case len(d) == 2 && d[0] == 48 && (d[1] == 2 || d[1] == 50):
		return ""
	case len(d) >= 10 && d[0] == 48 && d[1] == 112:
		w, h := little(d[6:8]), little(d[8:10])
		switch {
		case d[2] != 48 || d[3] != 1 && d[3] != 2 || d[4] != 1 && d[4] != 2 || d[5] != 49:
			return "graphics of another kind than one colour at once or twice the size"
		case w == 0 || h == 0 || len(d) != 10+(w+7)/8*h:
			return fmt.Sprintf("graphics of %d × %d dots in %d bytes", w, h, len(d)-10)
		}
		return ""
	}
	return "unknown function of graphics"
}

// symbolArgs checks the functions of GS ( k for QR codes.
func symbolArgs(_, d []byte) string {
	if len(d) < 3 || d[0] != 49 {
		return "unknown kind of symbol"
	}
	switch fn, rest := d[1], d[2:]; fn {
	case 65:
		return fails(len(rest) != 2 || rest[0] != 50 || rest[1] != 0, "QR code of another model than 2")
	case 67:
		return fails(len(rest) != 1 || rest[0] < 1 || rest[0] > 16, "QR module out of its range")
	case 69:
		return fails(len(rest) != 1 || rest[0] < 48 || rest[0] > 51, "QR level out of its range")
	case 80:
		return fails(len(rest) < 2 || rest[0] != 48, "QR code without content")
	case 81:
		return fails(len(rest) != 1 || rest[0] != 48, "QR code printed otherwise")
	}
	return "unknown function of QR codes"
}

// framer cuts what comes into commands. It knows where a command ends, not what it does.
type framer struct {
	shapes map[string]shape
	offset int // of the first byte of buffer
	buffer []byte
}

func newFramer() *framer { return &framer{shapes: shapes()} }

// next is the next whole command; errShort when more must come first.
func (f *framer) next() (Command, error) {
	c, n, err := f.parse(f.buffer)
	if err != nil {
		return Command{}, err
	}
	c.Offset = f.offset
	f.buffer, f.offset = f.buffer[n:], f.offset+n
	return c, nil
}

func (f *framer) parse(b []byte) (Command, int, error) {
	if len(b) == 0 {
		return Command{}, 0, errShort
	}
	if b[0] >= ' ' && b[0] != 0x7f {
		return Command{Name: "text", Args: b[:1:1]}, 1, nil
	}
	for length := 1; length <= 3; length++ {
		if length > len(b) {
			return Command{}, 0, errShort
		}
		key := string(b[:length])
		s, ok := f.shapes[key]
		if ok {
			return f.shaped(key, s, b)
		}
		if !f.begins(key) {
			break
		}
	}
	return Command{}, 0, &SyntaxError{f.offset, fmt.Sprintf("unknown command % X", b[:min(len(b), 4)])}
}

func (f *framer) begins(key string) bool {
	for known := range f.shapes {
		if len(known) > len(key) && known[:len(key)] == key {
			return true
		}
	}
	return false
}

func (f *framer) shaped(key string, s shape, b []byte) (Command, int, error) {
	n := len(key) + s.args
	if len(b) < n {
		return Command{}, 0, errShort
	}
	c := Command{Name: name(key), Args: slices.Clone(b[len(key):n])}
	if s.fits != nil && !s.fits(c.Args) {
		return Command{}, 0, &SyntaxError{f.offset, fmt.Sprintf("%s with % X", c.Name, c.Args)}
	}
	if s.more != nil {
		more := s.more(c.Args)
		if len(b) < n+more {
			return Command{}, 0, errShort
		}
		c.Data = slices.Clone(b[n : n+more])
		n += more
		if s.then != nil {
			if what := s.then(c.Args, c.Data); what != "" {
				return Command{}, 0, &SyntaxError{f.offset, c.Name + ": " + what}
			}
		}
	}
	return c, n, nil
}

// ended is the error of what is left over when no more comes.
func (f *framer) ended() error {
	if len(f.buffer) == 0 {
		return nil
	}
	return &SyntaxError{f.offset, fmt.Sprintf("the last command ends too early: % X", f.buffer[:min(len(f.buffer), 8)])}
}
