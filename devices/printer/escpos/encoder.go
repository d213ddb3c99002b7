package escpos

import (
	"slices"
)

// Align is where a line stands between the margins.
type Align byte

// The alignments, as ESC a numbers them.
const (
	Left   Align = 0
	Centre Align = 1
	Right  Align = 2
)

// Unprintable stands for a character that the printer lacks; see [Profile.Prints].
const Unprintable = '?'

// Encoder writes one job. Make it with [NewEncoder]; it is used by one goroutine.
type Encoder struct {
	profile Profile
	out     []byte
	page    int // index in profile.Pages of the table that is selected; -1 when none is yet
	hanzi   bool
}

// NewEncoder begins a job: ESC @ puts the printer back to what its manual says, and two-byte mode, in which printers for
// China start, is left, so that code pages count.
func NewEncoder(p Profile) *Encoder {
	e := &Encoder{profile: p, page: -1}
	e.raw(0x1b, '@')
	if p.Hanzi {
		e.raw(0x1c, '.')
	}
	return e
}

// Bytes are the job so far: complete commands.
func (e *Encoder) Bytes() []byte { return slices.Clone(e.out) }

func (e *Encoder) raw(b ...byte) { e.out = append(e.out, b...) }

// Text writes characters at the place where the last ended. Spaces of other widths are written as a space; what the printer
// has no character for becomes [Unprintable].
func (e *Encoder) Text(text string) {
	for _, r := range text {
		e.rune(r)
	}
}

func (e *Encoder) rune(r rune) {
	switch r {
	case '\u00a0', '\u2007', '\u2009', '\u202f':
		r = ' '
	}
	if r >= ' ' && r < 0x7f {
		e.single()
		e.raw(byte(r))
		return
	}
	if r >= 0xa0 {
		if e.page >= 0 {
			if b, ok := e.profile.Pages[e.page].Byte(r); ok {
				e.single()
				e.raw(b)
				return
			}
		}
		for i, page := range e.profile.Pages {
			if b, ok := page.Byte(r); ok {
				e.single()
				e.page = i
				e.raw(0x1b, 't', page.Number(), b)
				return
			}
		}
		if two, ok := hanzi(r); ok && e.profile.Hanzi {
			if !e.hanzi {
				e.hanzi = true
				e.raw(0x1c, '&')
			}
			e.raw(two...)
			return
		}
	}
	e.single()
	e.raw(Unprintable)
}

// single leaves two-byte mode (FS .), in which a byte from 81 hex on begins a pair.
func (e *Encoder) single() {
	if e.hanzi {
		e.hanzi = false
		e.raw(0x1c, '.')
	}
}

// Line ends the line (LF).
func (e *Encoder) Line() { e.single(); e.raw('\n') }

// Bold switches emphasis (ESC E).
func (e *Encoder) Bold(on bool) { e.raw(0x1b, 'E', bit(on)) }

// Reverse switches white on black (GS B).
func (e *Encoder) Reverse(on bool) { e.raw(0x1d, 'B', bit(on)) }

// Size makes characters width × height times as large, 1 to 8 each (GS !).
func (e *Encoder) Size(width, height int) {
	width, height = min(max(width, 1), 8), min(max(height, 1), 8)
	e.raw(0x1d, '!', byte((width-1)<<4|(height-1)))
}

// Align places the lines that follow (ESC a). It counts at the beginning of a line only.
func (e *Encoder) Align(a Align) { e.raw(0x1b, 'a', byte(a)) }

// Feed moves the paper by so many dots (ESC J, repeated).
func (e *Encoder) Feed(dots int) {
	for ; dots > 0; dots -= 255 {
		e.raw(0x1b, 'J', byte(min(dots, 255)))
	}
}

// Spacing sets the least height of a line in dots, 0 to 255 (ESC 3); 30 is what printers start with.
func (e *Encoder) Spacing(dots int) { e.raw(0x1b, '3', byte(min(max(dots, 0), 255))) }

// Cut feeds to the cutter and cuts, leaving a bridge (GS V 66); a printer without one feeds to the edge for tearing.
func (e *Encoder) Cut() {
	if !e.profile.Cutter {
		e.Feed(4 * CellHeight)
		return
	}
	e.raw(0x1d, 'V', 66, 0)
}

// Kick opens the cash drawer (ESC p): 50 ms on, 500 ms off, which solenoids of 24 V take.
func (e *Encoder) Kick() { e.raw(0x1b, 'p', byte(e.profile.DrawerPin&1), 25, 250) }

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}
