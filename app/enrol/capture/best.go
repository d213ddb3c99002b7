package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/devices/fingerprint"
	"countersign/protocol/minutiae"
)

const (
	// Captures is how many captures make a set, all of one finger.
	Captures = 3
	// Sets is how many sets are tried before the finger is refused.
	Sets = 3
	// Tries is how often one capture of a set may be unclear.
	Tries = 3
)

// Reader reads one finger into a template; *fingerprint.Reader is one.
type Reader interface {
	Read(ctx context.Context, report func(fingerprint.Progress)) (template []byte, sensor string, at time.Time, err error)
}

// Officer is the person at the desk, as far as taking a finger concerns them.
// Its methods return at once but for Ready.
type Officer interface {
	// Ready returns when capture n (1 to Captures) may begin: the finger was
	// lifted since the last one.
	Ready(ctx context.Context, n int) error
	// Progress reports on the capture under way.
	Progress(p fingerprint.Progress)
	// Unclear says that a capture has to be repeated, what to do better, and how
	// often it may be tried yet.
	Unclear(advice fingerprint.Advice, triesLeft int)
	// Mismatch says that a set was of no use because its captures do not match.
	Mismatch()
}

var (
	// ErrUnclear says that the finger could not be read.
	ErrUnclear = &Refusal{"the finger could not be read clearly",
		"Clean the finger and the glass and try again, or take another finger. Who has no readable finger is enrolled without a print (desk, or authority code --no-print)."}
	// ErrMismatch says that captures did not match one another.
	ErrMismatch = &Refusal{"the captures do not match one another",
		"Use the same finger each time, its middle on the glass. If it goes on, take another finger."}
)

// Refusal is why a finger was not taken, with what the officer can do.
type Refusal struct{ text, hint string }

func (r *Refusal) Error() string { return r.text }

// Hint says what the officer can do.
func (r *Refusal) Hint() string { return r.hint }

// Finger is a finger that was taken. Wipe it.
type Finger struct {
	Template []byte
	Captured time.Time
	Sensor   string
}

// Wipe overwrites the template.
func (f Finger) Wipe() { clear(f.Template) }

// Best takes sets of three captures until one set matches, and returns the
// capture that matches the other two best. It fails with ErrUnclear,
// ErrMismatch, the reader's errors that trying again does not mend, or ctx's.
func Best(ctx context.Context, reader Reader, officer Officer) (Finger, error) {
	for range Sets {
		set, err := takeSet(ctx, reader, officer)
		if err != nil {
			return Finger{}, err
		}
		best, err := pick(set)
		for i, f := range set {
			if i != best {
				f.Wipe()
			}
		}
		switch {
		case err != nil:
			return Finger{}, err
		case best >= 0:
			return set[best], nil
		}
		officer.Mismatch()
	}
	return Finger{}, ErrMismatch
}

func takeSet(ctx context.Context, reader Reader, officer Officer) ([]Finger, error) {
	var set []Finger
	for n := 1; n <= Captures; n++ {
		f, err := takeOne(ctx, reader, officer, n)
		if err != nil {
			for _, taken := range set {
				taken.Wipe()
			}
			return nil, err
		}
		set = append(set, f)
	}
	return set, nil
}

func takeOne(ctx context.Context, reader Reader, officer Officer, n int) (Finger, error) {
	for left := Tries - 1; left >= 0; left-- {
		if err := officer.Ready(ctx, n); err != nil {
			return Finger{}, err
		}
		template, sensor, at, err := reader.Read(ctx, officer.Progress)
		if err == nil {
			return Finger{template, at, sensor}, nil
		}
		if !errors.Is(err, fingerprint.ErrFinger) && !errors.Is(err, fingerprint.ErrTooPoor) {
			return Finger{}, fmt.Errorf("take finger: %w", err)
		}
		officer.Unclear(fingerprint.AdviceOn(err), left)
	}
	return Finger{}, ErrUnclear
}

// pick returns the capture whose scores against the others add up to the most,
// or -1 when any two do not match.
func pick(set []Finger) (int, error) {
	sums := make([]minutiae.Score, len(set))
	for i := range set {
		for j := range i {
			score, err := minutiae.CompareTemplates(set[i].Template, set[j].Template)
			if err != nil {
				return -1, fmt.Errorf("compare captures: %w", err)
			}
			if !score.Match() {
				return -1, nil
			}
			sums[i] += score
			sums[j] += score
		}
	}
	best := 0
	for i, sum := range sums {
		if sum > sums[best] {
			best = i
		}
	}
	return best, nil
}
