package escpos

import (
	"errors"
	"fmt"
)

// Ask is one of the four questions that a printer answers at once, whatever else it does (DLE EOT n).
type Ask byte

// The questions.
const (
	AskPrinter Ask = 1 // offline, drawer
	AskOffline Ask = 2 // why offline
	AskError   Ask = 3 // what error
	AskPaper   Ask = 4 // paper near its end, or out
)

// Request is the question's bytes.
func (a Ask) Request() []byte { return []byte{0x10, 0x04, byte(a)} }

// Processed asks for the paper sensor by GS r 1, which a printer answers only once it has worked off all that came before:
// so its answer is the sign that a job is through.
func Processed() []byte { return []byte{0x1d, 'r', 1} }

// IsProcessed says whether a byte can be the answer to [Processed]. It can be told from those to DLE EOT, which have bit 4
// set where this has it clear.
func IsProcessed(b byte) bool { return b&0x90 == 0 }

// IsStatus says whether a byte can be an answer to DLE EOT: bits 1 and 4 set, 0 and 7 clear.
func IsStatus(b byte) bool { return b&0x93 == 0x12 }

// ErrGarbled: an answer that no printer gives.
var ErrGarbled = errors.New("printer's answer is garbled")

// Status is what a printer says of itself.
type Status struct {
	Offline    bool // for one of the reasons below, or because somebody feeds paper by its key
	CoverOpen  bool
	PaperOut   bool
	PaperLow   bool // near its end; it still prints
	CutterJam  bool
	Fault      bool // one that its manual calls unrecoverable, or that goes away after a pause
	DrawerHigh bool // the level of the drawer's switch; most drawers have it high while open
}

// Take notes an answer to a question; begin each round of questions with a new Status. The error wraps [ErrGarbled].
func (s *Status) Take(a Ask, answer byte) error {
	if !IsStatus(answer) {
		return fmt.Errorf("%w: %02x to DLE EOT %d", ErrGarbled, answer, a)
	}
	has := func(bit int) bool { return answer>>bit&1 == 1 }
	switch a {
	case AskPrinter:
		s.DrawerHigh, s.Offline = has(2), has(3)
	case AskOffline:
		s.CoverOpen = has(2)
		s.PaperOut = s.PaperOut || has(5)
	case AskError:
		s.CutterJam, s.Fault = has(3), has(5) || has(6)
	case AskPaper:
		s.PaperLow = has(2) || has(3)
		s.PaperOut = s.PaperOut || has(5) || has(6)
	default:
		return fmt.Errorf("%w: there is no question %d", ErrGarbled, a)
	}
	return nil
}

// Prints says whether it would print now.
func (s Status) Prints() bool {
	return !s.Offline && !s.CoverOpen && !s.PaperOut && !s.CutterJam && !s.Fault
}
