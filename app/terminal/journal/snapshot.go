package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"countersign/app/terminal/sale"
)

// Snapshot is a journal as its copy has it at a moment: for reading only, also while a
// terminal appends to it. It changes no file and takes no lock. It is not safe for
// concurrent use.
type Snapshot struct {
	f    *os.File
	last uint64
	end  int64
	// chain is how far Since has come, at is where the next frame begins.
	chain chain
	at    int64
}

// OpenSnapshot opens the copy that belongs to a journal's file. Records that are
// appended later are not in it; what is cut short at its end is left out, nobody was
// told of that. Errors: os.ErrNotExist, ErrDamaged, ErrNewer.
func OpenSnapshot(ctx context.Context, path string) (*Snapshot, error) {
	copied := name(path).copy
	f, err := os.Open(copied)
	if err != nil {
		return nil, fmt.Errorf("open the journal's copy: %w", err)
	}
	s := &Snapshot{f: f, at: titleSize}
	if err := s.measure(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal's copy %s: %w", copied, err), f.Close())
	}
	return s, nil
}

// measure looks for the last whole record.
func (s *Snapshot) measure(ctx context.Context) error {
	title := make([]byte, titleSize)
	if _, err := s.f.ReadAt(title, 0); err != nil && err != io.EOF {
		return err
	}
	h, err := parseTitle(title)
	if err == nil {
		err = thisEdition().opens(h)
	}
	if err != nil {
		return err
	}
	info, err := s.f.Stat()
	if err != nil {
		return err
	}
	frames := readFrames(s.f, s.at, info.Size())
	for ctx.Err() == nil {
		f, err := frames.next()
		switch {
		case err == io.EOF, errors.Is(err, errTorn):
			s.end = frames.at
			return nil
		case errors.Is(err, errFrame): // half of what is being written, or damage
			rest := make([]byte, min(info.Size()-frames.at, 4*frameMost))
			if _, err := s.f.ReadAt(rest, frames.at); err != nil && err != io.EOF {
				return err
			}
			if int64(len(rest)) < info.Size()-frames.at || holdsFrame(rest) {
				return fmt.Errorf("%w: record %d: %w", ErrDamaged, s.last+1, errFrame)
			}
			s.end = frames.at
			return nil
		case err != nil:
			return err
		case f.kind == kindEntry:
			s.last = f.sequence
		}
	}
	return ctx.Err()
}

// Close closes the copy.
func (s *Snapshot) Close() error { return s.f.Close() }

// Appended returns the number of the last record.
func (s *Snapshot) Appended() uint64 { return s.last }

// Since calls visit for every entry from a record on, in order, and verifies the chain
// up to there on its way. It is cheap to go on where the last call has ended; going
// back reads from the beginning. Error: ErrBroken.
func (s *Snapshot) Since(ctx context.Context, from uint64, visit func(record uint64, e sale.Entry) error) error {
	if from <= s.chain.sequence {
		s.chain, s.at = chain{}, titleSize
	}
	frames := readFrames(s.f, s.at, s.end)
	for ctx.Err() == nil {
		f, err := nextEntry(frames)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: record %d: %w", ErrBroken, s.chain.sequence+1, err)
		}
		e, err := s.chain.step(f.sequence, f.content)
		if err != nil {
			return err
		}
		s.at = frames.at
		if f.sequence >= from {
			if err := visit(f.sequence, e); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// step is follow for whoever only reads: the chain is verified, and that the record is
// an entry, not that this journal wrote it byte for byte.
func (c *chain) step(sequence uint64, value []byte) (e sale.Entry, err error) {
	if sequence != c.sequence+1 {
		return e, fmt.Errorf("%w: record %d is missing", ErrBroken, c.sequence+1)
	}
	r, err := parse(value)
	if err != nil {
		return e, fmt.Errorf("record %d: %w", sequence, err)
	}
	if r.previous != c.head {
		return e, fmt.Errorf("%w: record %d does not follow record %d", ErrBroken, sequence, c.sequence)
	}
	if err := json.Unmarshal(r.entry, &e); err != nil {
		return e, fmt.Errorf("%w: record %d: %v", ErrBroken, sequence, err)
	}
	c.sequence, c.head = sequence, r.hash()
	return e, nil
}
