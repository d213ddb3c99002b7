package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.etcd.io/bbolt"
)

// pause is how long the verification in the background rests after each batch of
// records: a sale comes first.
const pause = 5 * time.Millisecond

// errDerived says that the list of open sales does not follow from the records.
var errDerived = fmt.Errorf("%w: the list of open sales or the last sale number does not fit the records", ErrBroken)

// Verify checks every record of both files: the chain, that the copy holds the
// same, and that the list of open sales follows from it. It returns how many records
// hold and the head's hash; ErrBroken names the first record that does not fit.
func (j *Journal) Verify(ctx context.Context) (records uint64, head Hash, err error) {
	x, err := j.examine(ctx, func(context.Context) error { return nil }, nil)
	return x.chain.sequence, x.chain.head, err
}

// WaitVerified waits until everything that Open left for later is verified, and
// returns what was found wrong.
func (j *Journal) WaitVerified(ctx context.Context) error {
	select {
	case <-j.verified:
		return j.verdict
	case <-ctx.Done():
		return ctx.Err()
	}
}

// verifyBehind verifies all records while sales go on. What it finds broken the
// next opening repairs.
func (j *Journal) verifyBehind(ctx context.Context) {
	select {
	case <-j.verified: // by Open
		return
	default:
	}
	defer close(j.verified)
	rest := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			return nil
		}
	}
	_, err := j.examine(ctx, rest, func(d *derived) error { return j.repairDerived(j.store, d) })
	j.verdict = err
	if err == nil || ctx.Err() != nil {
		return
	}
	j.find(Finding{Kind: FoundBroken, Alert: true, Text: fmt.Sprintf(
		"An old record of the journal is damaged or was changed: %v. Start this terminal again to repair it from the other copy, and call the installer.%s",
		err, j.suspect(suspectVerify))})
}

// examination walks along both files.
type examination struct {
	chain   chain
	derived *derived
	copied  int64
}

// examine verifies everything. repair is called, while nothing is written, with
// what should be derived from the records, if that is not what is there.
func (j *Journal) examine(ctx context.Context, rest func(context.Context) error, repair func(*derived) error) (*examination, error) {
	x := &examination{chain: chain{decode: j.decode}, derived: newDerived(), copied: titleSize}
	j.writing.Lock()
	end, copyEnd := j.end, j.copy.end.Load()
	j.writing.Unlock()
	if err := x.advance(ctx, j, end, copyEnd, rest); err != nil {
		return x, err
	}
	j.writing.Lock() // what was written meanwhile
	defer j.writing.Unlock()
	if err := x.advance(ctx, j, j.end, j.copy.end.Load(), rest); err != nil {
		return x, err
	}
	st, err := j.store.state()
	if err != nil {
		return x, err
	}
	if st.last != x.chain.sequence || st.head != x.chain.head {
		return x, wrongEnd(x.chain.sequence)
	}
	if repair != nil {
		return x, repair(x.derived)
	}
	return x, j.store.view(func(tx *bbolt.Tx) error {
		if !x.derived.holds(tx) {
			return errDerived
		}
		return nil
	})
}

// advance goes on to a record and a place of the copy.
func (x *examination) advance(ctx context.Context, j *Journal, end chain, copyEnd int64, rest func(context.Context) error) error {
	records, frames := j.store.reader(x.chain.sequence+1), readFrames(j.copy.f, x.copied, copyEnd)
	for x.chain.sequence < end.sequence {
		n, err := records.next()
		if errors.Is(err, io.EOF) {
			return wrongEnd(x.chain.sequence)
		}
		if err != nil {
			return err
		}
		e, err := x.chain.follow(n.sequence, n.value)
		if err != nil {
			return err
		}
		x.derived.add(e, n.value[len(Hash{}):])
		f, err := nextEntry(frames)
		if err != nil || f.sequence != n.sequence || !bytes.Equal(f.content, n.value) {
			return fmt.Errorf("%w: record %d and its copy differ%s", ErrBroken, n.sequence, because(err))
		}
		if n.sequence%batch == 0 {
			if err := errors.Join(ctx.Err(), rest(ctx)); err != nil {
				return err
			}
		}
	}
	if x.chain.head != end.head {
		return wrongEnd(x.chain.sequence)
	}
	if _, err := nextEntry(frames); err != io.EOF {
		return fmt.Errorf("%w: the copy goes on after record %d%s", ErrBroken, x.chain.sequence, because(err))
	}
	x.copied = copyEnd
	return ctx.Err()
}

// nextEntry skips checkpoints.
func nextEntry(frames *frameReader) (frame, error) {
	for {
		f, err := frames.next()
		if err != nil || f.kind == kindEntry {
			return f, err
		}
	}
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// storeReader reads a store's records one after another.
type storeReader struct {
	s    *store
	from uint64
	list []numbered
}

func (s *store) reader(from uint64) *storeReader { return &storeReader{s: s, from: from} }

// next returns the next record; io.EOF after the last.
func (r *storeReader) next() (n numbered, err error) {
	if len(r.list) == 0 {
		if r.list, err = r.s.read(r.from, batch); err != nil {
			return n, err
		}
		if len(r.list) == 0 {
			return n, io.EOF
		}
	}
	n, r.list = r.list[0], r.list[1:]
	r.from = n.sequence + 1
	return n, nil
}
