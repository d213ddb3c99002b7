package printer

import (
	"errors"
	"sync"
	"time"

	"countersign/devices/printer/escpos"
)

// Phase is how a printer is.
type Phase int

// The phases.
const (
	PhaseOpening   Phase = iota // not known yet: the first attempt is under way
	PhaseReady                  // it would print
	PhaseMissing                // it has never been reached; attempts go on
	PhaseLost                   // it was reached and is not any more; attempts go on
	PhaseAttention              // it is there and does not print; Word says why
)

// String is an English word for logs.
func (p Phase) String() string {
	switch p {
	case PhaseOpening:
		return "opening"
	case PhaseReady:
		return "ready"
	case PhaseMissing:
		return "missing"
	case PhaseLost:
		return "lost"
	case PhaseAttention:
		return "attention"
	}
	return "unknown"
}

// Word is what is the matter, or that nothing is: the last part of a phrase's key, receipt.printer.paper-out.
type Word string

// The words. PaperLow and DrawerOpen are of a printer that is ready.
const (
	WordOpening    Word = "opening"
	WordReady      Word = "ready"
	WordMissing    Word = "missing"
	WordLost       Word = "lost"
	WordSilent     Word = "silent"
	WordOffline    Word = "offline"
	WordCover      Word = "cover-open"
	WordPaperOut   Word = "paper-out"
	WordPaperLow   Word = "paper-low"
	WordCutter     Word = "cutter"
	WordFault      Word = "fault"
	WordDrawerOpen Word = "drawer-open"
)

// State is a printer's phase and what is the matter, for a row of marks on a screen.
type State struct {
	Phase Phase
	Word  Word
	Err   error // with a hint (see [Hint]); nil when ready
	// Status is what the printer last said; zero of one that says nothing.
	Status escpos.Status
	// DrawerOpen is the drawer's switch, read as Settings.DrawerOpenLow says.
	DrawerOpen bool
	// Waiting is how many jobs are in the queue, the one that is printed included.
	Waiting int
	Since   time.Time // of the phase and word, by Settings.Clock
}

// wordOf names a trouble.
func wordOf(err error) Word {
	for _, known := range []struct {
		err  error
		word Word
	}{
		{ErrPaperOut, WordPaperOut}, {ErrCoverOpen, WordCover}, {ErrOffline, WordOffline}, {ErrCutter, WordCutter},
		{ErrFault, WordFault}, {ErrSilent, WordSilent}, {ErrStalled, WordSilent}, {ErrGarbled, WordSilent},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	return WordLost
}

// feed hands states to whoever asked for them. A receiver that is slow misses all but the latest.
type feed struct {
	mu        sync.Mutex
	receivers []chan State
	last      State
	closed    bool
}

func (f *feed) join() <-chan State {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan State, 1)
	ch <- f.last
	if f.closed {
		close(ch)
		return ch
	}
	f.receivers = append(f.receivers, ch)
	return ch
}

func (f *feed) state() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// change makes the next state of the last one, and sends it where a person would see a difference.
func (f *feed) change(now time.Time, next func(*State)) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.last
	next(&s)
	if s.Phase != f.last.Phase || s.Word != f.last.Word {
		s.Since = now
	}
	old := f.last
	f.last = s
	if s.Phase == old.Phase && s.Word == old.Word && s.Status == old.Status && s.DrawerOpen == old.DrawerOpen && s.Waiting == old.Waiting {
		return false
	}
	for _, ch := range f.receivers {
		select {
		case <-ch:
		default:
		}
		ch <- s // there is room: only this fills it, under the lock
	}
	return s.Phase != old.Phase || s.Word != old.Word
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, ch := range f.receivers {
		close(ch)
	}
	f.receivers = nil
}
