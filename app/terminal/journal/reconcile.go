package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// comparison is how the copy stands to a store that is in order.
type comparison struct {
	// good is where the copy's good part ends, and last its last record.
	good int64
	last uint64
	// more are whole records that only the copy has, with their entries.
	more    []numbered
	entries []sale.Entry
	// broken says that the copy is not the store's, or not only its end is missing.
	broken error
	// placed says that the checkpoint's frame stands where the store says.
	placed bool
}

// reconcile brings the copy to what the store holds, and the store to what the
// copy holds more.
func (j *Journal) reconcile(ctx context.Context, st state, from located, broken error) error {
	if broken != nil {
		return j.remakeCopy(ctx, st, broken)
	}
	size, err := j.copy.size()
	if err != nil {
		return err
	}
	x, err := j.compare(ctx, st, from, size)
	switch {
	case err != nil:
		return err
	case x.broken != nil:
		return j.remakeCopy(ctx, st, x.broken)
	}
	if err := j.dropTail(x, size, st.last); err != nil {
		return err
	}
	if x.last < st.last {
		if err := j.completeCopy(x.last, st.last); err != nil {
			return err
		}
	}
	if err := j.replay(x); err != nil {
		return err
	}
	if from.Sequence == 0 || x.placed {
		return nil
	}
	// The checkpoint's frame is not where it should be: write it again.
	at := j.copy.end.Load()
	f := appendFrame(nil, frame{kindCheckpoint, max(x.last, st.last), from.encode()})
	if err := j.copy.write(f); err != nil {
		return err
	}
	j.copy.keep(f)
	return j.store.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyCheckpoint, append(number(uint64(at)), from.encode()...))
	})
}

// compare reads the copy from the checkpoint's frame on, or all of it, beside the
// store.
func (j *Journal) compare(ctx context.Context, st state, from located, size int64) (x comparison, err error) {
	c := chain{sequence: st.last, head: st.head, decode: j.decode}
	x.good = titleSize
	if from.Sequence != 0 && from.at >= x.good {
		mark, err := readFrames(j.copy.f, from.at, size).next()
		if err == nil && mark.kind == kindCheckpoint && mark.sequence <= st.last && bytes.Equal(mark.content, from.encode()) {
			x.placed, x.good, x.last = true, from.at, mark.sequence
		}
	}
	frames, records := readFrames(j.copy.f, x.good, size), j.store.reader(x.last+1)
	for ctx.Err() == nil {
		f, err := frames.next()
		switch {
		case err == io.EOF:
			return x, nil
		case errors.Is(err, errTorn), errors.Is(err, errFrame):
			x.broken, err = j.copy.moreThanEnd(x, st.last, size)
			return x, err
		case err != nil:
			return x, err
		case f.kind == kindCheckpoint && f.sequence == x.last:
			// nothing to compare: only the store's own checkpoint counts
		case f.kind == kindCheckpoint || f.sequence != x.last+1:
			x.broken = fmt.Errorf("%w: copy: record %d is missing", ErrBroken, x.last+1)
			return x, nil
		case f.sequence <= st.last:
			n, err := records.next()
			if err != nil {
				return x, err
			}
			if n.sequence != f.sequence || !bytes.Equal(n.value, f.content) {
				x.broken = fmt.Errorf("%w: copy: record %d is another", ErrBroken, f.sequence)
				return x, nil
			}
			x.last = f.sequence
		default:
			e, err := c.follow(f.sequence, f.content)
			if err != nil {
				x.broken = fmt.Errorf("copy: %w", err)
				return x, nil
			}
			x.more, x.entries, x.last = append(x.more, numbered{f.sequence, f.content}), append(x.entries, e), f.sequence
		}
		x.good = frames.at
	}
	return x, ctx.Err()
}

// moreThanEnd judges a place where no frame is: it may be the copy's end, cut
// short.
func (c *copyFile) moreThanEnd(x comparison, last uint64, size int64) (broken, err error) {
	if x.last >= last {
		return nil, nil // behind what the store has, nobody was told of anything
	}
	rest, err := c.rest(x.good)
	if err != nil {
		return nil, err
	}
	if last-x.last > groupMost || int64(len(rest)) < size-x.good || holdsFrame(rest) {
		return fmt.Errorf("%w: copy: record %d: %w", ErrDamaged, x.last+1, errFrame), nil
	}
	return nil, nil
}

// dropTail cuts what is not a frame off the copy.
func (j *Journal) dropTail(x comparison, size int64, last uint64) error {
	j.copy.end.Store(x.good)
	if size == x.good {
		return nil
	}
	rest, err := j.copy.rest(x.good)
	if err != nil {
		return err
	}
	if err := j.copy.cut(); err != nil {
		return err
	}
	if x.last >= last { // otherwise completeCopy tells
		j.findTorn(rest, x.last+1)
	}
	return nil
}

func (j *Journal) findTorn(rest []byte, record uint64) {
	f := Finding{Kind: FoundTorn, Alert: true, Record: record}
	event := ""
	f.Sale, event = about(rest)
	f.Text = "The last thing this terminal wrote before it stopped was cut short and was dropped. Nobody had been told of it." + ofSale(f.Sale, event)
	j.find(f)
}

var beginsEntry = regexp.MustCompile(`\{"sale":([0-9]{1,19}),"event":"([a-z-]{1,40})"`)

// about finds in a torn record which sale it is about, if that much is there.
func about(rest []byte) (uint64, string) {
	m := beginsEntry.FindSubmatch(rest)
	if m == nil {
		return 0, ""
	}
	n, _ := strconv.ParseUint(string(m[1]), 10, 64) // 19 digits always fit
	return n, string(m[2])
}

// completeCopy writes the records after last to the copy again.
func (j *Journal) completeCopy(last, end uint64) error {
	var frames []byte
	var first numbered
	err := j.store.walk(last+1, func(n numbered) error {
		if first.sequence == 0 {
			first = n
		}
		frames = appendFrame(frames, frame{kindEntry, n.sequence, n.value})
		return nil
	})
	if err != nil {
		return err
	}
	if err := j.copy.write(frames); err != nil {
		return err
	}
	j.copy.keep(frames)
	f := Finding{Kind: FoundCopyCompleted, Alert: true, Record: last + 1}
	event := ""
	f.Sale, event = about(first.value)
	f.Text = fmt.Sprintf("The end of the journal's copy was missing (%d records) and was written again from the journal. Nothing is lost.", end-last) + ofSale(f.Sale, event)
	j.find(f)
	return nil
}

// replay puts into the store what only the copy has: the machine stopped between
// the two.
func (j *Journal) replay(x comparison) error {
	if len(x.more) == 0 {
		return nil
	}
	err := j.store.update(func(tx *bbolt.Tx) error {
		for n, m := range x.more {
			r, err := parse(m.value)
			if err != nil {
				return err
			}
			if err := put(tx, m.sequence, r, x.entries[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for n, m := range x.more {
		e := x.entries[n]
		j.find(Finding{Kind: FoundReplayed, Record: m.sequence, Sale: e.Sale,
			Text: "The terminal stopped while it wrote this record; it was put back from the copy." + ofSale(e.Sale, string(e.Event))})
	}
	return nil
}

// remakeCopy makes the copy from the store.
func (j *Journal) remakeCopy(ctx context.Context, st state, why error) (err error) {
	f := Finding{Kind: FoundCopyRebuilt, Alert: true}
	switch {
	case why != errMissing:
		if j.copy != nil {
			if err := j.copy.f.Close(); err != nil {
				return err
			}
		}
		aside, err := j.setAside(j.files.copy, j.files.brokenCopy)
		if err != nil {
			return err
		}
		f.Text = fmt.Sprintf("The journal's copy was damaged (%v). It was set aside as %s and made again from the journal. Nothing is lost; call the installer, the disk may be failing.", why, aside)
	case st.checkpoint != nil:
		f.Text = "The journal's copy was missing and was made again from the journal. Nothing is lost."
	default:
		f = Finding{Kind: FoundCopyMade, Text: "The journal was given a second copy."}
	}
	var mark int64
	j.copy, err = makeCopy(j.files.copy, j.header, func(w io.Writer) error {
		mark, err = j.store.writeFrames(ctx, w, st)
		return err
	})
	if err != nil {
		return err
	}
	if len(st.checkpoint) >= 8 {
		err = j.store.update(func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketMeta).Put(keyCheckpoint, append(number(uint64(mark)), st.checkpoint[8:]...))
		})
	}
	if err == nil {
		j.find(f)
	}
	return err
}

// writeFrames writes a whole copy, without its title, and returns where in it the
// checkpoint's frame begins.
func (s *store) writeFrames(ctx context.Context, to io.Writer, st state) (mark int64, err error) {
	w := bufio.NewWriterSize(to, 1<<20)
	at := titleSize
	write := func(f frame) error {
		n, err := w.Write(appendFrame(nil, f))
		at += int64(n)
		return errors.Join(err, ctx.Err())
	}
	err = s.walk(1, func(n numbered) error { return write(frame{kindEntry, n.sequence, n.value}) })
	mark = at
	if err == nil && len(st.checkpoint) >= 8 {
		err = write(frame{kindCheckpoint, st.last, st.checkpoint[8:]})
	}
	return mark, errors.Join(err, w.Flush())
}
