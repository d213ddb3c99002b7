package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/app/terminal/sale"
)

// Inspection is what a journal's files hold, read without changing them.
type Inspection struct {
	// Records is how many hold from the first on, Head the hash of the last of them.
	Records uint64
	Head    Hash
	// Checkpoint is the last one, as it stands there; its signature is not looked at.
	// Holds says that it is of a record of this journal.
	Checkpoint Checkpoint
	Holds      bool
	// Findings are what the next start puts right without anything being lost, such as
	// what a power cut leaves behind.
	Findings []Finding
	// Broken is the first record that does not fit; nil where all do.
	Broken *Broken
}

// Broken is where a journal does not hold.
type Broken struct {
	// Record is its number, 0 where it is about a file as a whole.
	Record uint64
	// Sale, Event and At are what can be read of the record, in the journal or in the
	// copy.
	Sale  uint64
	Event sale.Event
	At    time.Time
	// What says in a sentence what does not fit, and Err is it as an error.
	What string
	Err  error
}

// inspector walks along both files.
type inspector struct {
	Inspection
	ctx     context.Context
	edition edition
	store   *store
	copy    *os.File
	size    int64
	frames  *frameReader
	state   state
	unsound error // what is wrong with state
	chain   chain
	derived *derived
}

// Inspect verifies the journal's file and its copy beside each other from the first
// record to the last, and changes neither: what [Open] would repair it tells. Errors
// are those of reading, ErrInUse while a terminal has it open, ErrNewer, and
// os.ErrNotExist where there is none; that the journal does not hold is no error, but in the
// Inspection.
func Inspect(ctx context.Context, path string) (i Inspection, err error) {
	return inspect(ctx, path, thisEdition())
}

func inspect(ctx context.Context, path string, as edition) (i Inspection, err error) {
	names := name(path)
	lock, err := os.Open(names.lock)
	switch {
	case err == nil: // nobody may begin to write meanwhile
		defer lock.Close()
		if err := lockFile(lock); err != nil {
			return i, inUse()
		}
	case !errors.Is(err, os.ErrNotExist):
		return i, fmt.Errorf("inspect journal: %w", err)
	}
	x := &inspector{ctx: ctx, edition: as, derived: newDerived()}
	defer func() { err = errors.Join(err, x.close()) }()
	if err := x.open(names); err != nil || x.Broken != nil {
		return x.Inspection, err
	}
	if err := x.walk(); err != nil {
		return x.Inspection, fmt.Errorf("inspect journal: %w", err)
	}
	return x.Inspection, nil
}

func (x *inspector) close() error {
	var errs []error
	if x.store != nil {
		errs = append(errs, x.store.close())
	}
	if x.copy != nil {
		errs = append(errs, x.copy.Close())
	}
	return errors.Join(errs...)
}

// open opens both files for reading.
func (x *inspector) open(names files) error {
	var h header
	f, uncopied := os.Open(names.copy)
	if uncopied == nil {
		x.copy = f
		title := make([]byte, titleSize)
		if _, err := f.ReadAt(title, 0); err != nil && err != io.EOF {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		x.size = info.Size()
		if h, err = parseTitle(title); err != nil {
			x.broken(0, fmt.Errorf("%w: the copy does not begin as one", ErrDamaged), "The copy is not a journal's copy. The next start makes it again from the journal.")
			return nil
		}
	} else if !errors.Is(uncopied, os.ErrNotExist) {
		return uncopied
	}
	s, err := openStoreAs(names.store, true)
	if err == nil {
		x.store = s
		var of header
		of, _, err = s.header()
		h = h.or(of)
	}
	if newer := x.edition.opens(h); newer != nil {
		return newer
	}
	x.chain.decode = x.edition.reads(h)
	if err == nil {
		x.state, err = s.state()
	}
	switch {
	case err == errMissing && uncopied != nil:
		return fmt.Errorf("no journal: %w", uncopied)
	case err == errMissing:
		x.broken(0, errMissing, "The journal's file is missing. The next start makes it again from its copy.")
		return x.copyAlone()
	case errors.Is(err, ErrBroken): // its records and what it says about their end do not agree
		x.unsound = err
	case isDamage(err):
		x.broken(0, err, fmt.Sprintf("The journal's file cannot be read: %v. The next start sets it aside and makes it again from its copy.", err))
		return x.copyAlone()
	case err != nil:
		return err
	case uncopied != nil && x.state.checkpoint == nil:
		x.find(Finding{Kind: FoundCopyMade, Text: "The journal has no second copy. The next start makes one."})
	case uncopied != nil:
		x.broken(0, errMissing, "The journal's copy is missing. The next start makes it again from the journal.")
	}
	return nil
}

// copyAlone says how far the copy holds, where there is nothing to hold it against.
func (x *inspector) copyAlone() error {
	if x.copy == nil {
		return nil
	}
	frames := readFrames(x.copy, titleSize, x.size)
	for x.ctx.Err() == nil {
		f, err := nextEntry(frames)
		if err == nil {
			_, err = x.chain.step(f.sequence, f.content)
		}
		if err != nil {
			if !torn(err) {
				x.Broken.What += fmt.Sprintf(" The copy holds to record %d: %v.", x.chain.sequence, err)
			}
			break
		}
	}
	x.Records, x.Head = x.chain.sequence, x.chain.head
	return x.ctx.Err()
}

func (x *inspector) find(f Finding) {
	f.At = time.Now()
	x.Findings = append(x.Findings, f)
}

// broken notes what does not fit first. Each of some records, if there are any, is
// looked at for what can be read.
func (x *inspector) broken(record uint64, err error, what string, records ...[]byte) {
	b := &Broken{Record: record, What: what, Err: err}
	for _, r := range records {
		var e sale.Entry
		switch text := bytes.TrimSpace(after(r)); {
		case json.Unmarshal(text, &e) == nil:
			b.Sale, b.Event, b.At = e.Sale, e.Event, e.At
		default:
			number, event := about(r)
			b.Sale, b.Event = number, sale.Event(event)
		}
		if b.Event != "" {
			break
		}
	}
	x.Broken = b
}

// after is what follows the hash in a record.
func after(r []byte) []byte {
	if len(r) < len(Hash{}) {
		return nil
	}
	return r[len(Hash{}):]
}
