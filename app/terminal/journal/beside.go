package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// walk goes along both files, record by record, to the first that does not fit.
func (x *inspector) walk() error {
	if x.copy != nil {
		x.frames = readFrames(x.copy, titleSize, x.size)
	}
	records := x.store.reader(1)
	for x.Broken == nil && x.chain.sequence < x.state.last {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		n, err := records.next()
		switch {
		case err == io.EOF:
			x.broken(x.chain.sequence+1, wrongEnd(x.chain.sequence), fmt.Sprintf("The journal holds records to %d; of record %d, and of all to %d, with which it should end, nothing is there.", x.chain.sequence, x.chain.sequence+1, x.state.last))
		case isDamage(err):
			x.broken(x.chain.sequence+1, err, fmt.Sprintf("Record %d of the journal cannot be read: %v.", x.chain.sequence+1, err))
		case err != nil:
			return err
		default:
			x.compare(n)
		}
	}
	if x.Broken == nil {
		x.ends()
	}
	if x.Broken == nil && x.unsound != nil {
		x.broken(0, x.unsound, fmt.Sprintf("What the journal says about its end is not what it holds: %v.", x.unsound))
	}
	if x.Broken == nil {
		if err := x.rest(); err != nil {
			return err
		}
	}
	x.Records, x.Head = x.chain.sequence, x.chain.head
	x.checkpoint()
	return nil
}

// compare holds a record against the chain and against the copy.
func (x *inspector) compare(n numbered) {
	before := x.chain
	e, unfit := x.chain.follow(n.sequence, n.value)
	expected := before.sequence + 1
	if x.frames == nil {
		if unfit != nil {
			x.broken(expected, unfit, fmt.Sprintf("Record %d of the journal does not fit: %v.", expected, unfit), n.value)
		} else {
			x.derived.add(e, after(n.value))
		}
		return
	}
	f, uncopied := nextEntry(x.frames)
	same := uncopied == nil && f.sequence == n.sequence && bytes.Equal(f.content, n.value)
	copied := before
	_, copyUnfit := copied.follow(f.sequence, f.content)
	switch {
	case unfit == nil && same:
		x.derived.add(e, after(n.value))
	case unfit == nil && torn(uncopied) && x.state.last-before.sequence <= groupMost:
		x.find(Finding{Kind: FoundCopyCompleted, Record: expected, Sale: e.Sale,
			Text: fmt.Sprintf("The end of the journal's copy is missing from record %d on. The next start writes it again from the journal; nothing is lost.", expected)})
		x.frames = nil
		x.derived.add(e, after(n.value))
	case unfit == nil && uncopied != nil:
		x.chain = before
		x.broken(expected, fmt.Errorf("%w: copy: record %d: %w", ErrBroken, expected, uncopied),
			fmt.Sprintf("Record %d cannot be read in the journal's copy; the journal itself has it. The next start makes the copy again.", expected), n.value)
	case unfit == nil:
		x.chain = before
		x.differ(expected, n.value, f.content, copyUnfit)
	case uncopied == nil && copyUnfit == nil:
		x.chain = before
		x.broken(expected, unfit, fmt.Sprintf("Record %d of the journal does not fit (%v), while its copy does: the journal was changed or is damaged there. The next start makes it again from the copy.", expected, unfit), f.content, n.value)
	default:
		x.chain = before
		x.broken(expected, unfit, fmt.Sprintf("Record %d fits neither in the journal (%v) nor in its copy%s.", expected, unfit, because(errors.Join(uncopied, copyUnfit))), n.value, f.content)
	}
}

// torn says whether a copy just ends there.
func torn(err error) bool { return err == io.EOF || errors.Is(err, errTorn) }

// differ says which of two records that both follow the one before is the one that was
// changed: the next record carries the hash of the other.
func (x *inspector) differ(record uint64, inStore, inCopy []byte, copyUnfit error) {
	err := fmt.Errorf("%w: record %d and its copy differ", ErrBroken, record)
	which := "Which of them was changed cannot be told from what follows."
	if next, unread := x.store.read(record+1, 1); unread == nil && copyUnfit == nil {
		follows := x.state.head
		if len(next) == 1 && len(next[0].value) >= len(Hash{}) {
			follows = Hash(next[0].value)
		}
		switch follows {
		case hashOf(inCopy):
			which = "What follows fits the copy: the journal's record was changed."
		case hashOf(inStore):
			which = "What follows fits the journal: the copy's record was changed."
		}
	} else if copyUnfit != nil {
		which = "The copy's does not fit the chain."
	}
	x.broken(record, err, fmt.Sprintf("Record %d in the journal and in its copy are not the same. %s", record, which), inStore, inCopy)
}

func hashOf(value []byte) Hash {
	r, err := parse(value)
	if err != nil {
		return Hash{}
	}
	return r.hash()
}

// ends holds what the journal's file says about its end against what it holds.
func (x *inspector) ends() {
	if x.chain.head != x.state.head {
		x.broken(x.chain.sequence, wrongEnd(x.chain.sequence), fmt.Sprintf("The journal ends at record %d, but the hash that it says it ends with is another.", x.chain.sequence))
		return
	}
	fits := false
	err := x.store.view(func(tx *bbolt.Tx) error {
		fits = x.derived.holds(tx)
		return nil
	})
	if err != nil || !fits {
		x.broken(0, errors.Join(errDerived, err), "The journal's list of open sales, or its last sale number, does not fit its records. The next start makes them again.")
	}
}

// rest looks at what the copy has behind the journal's end.
func (x *inspector) rest() error {
	for x.frames != nil {
		at := x.frames.at
		f, err := nextEntry(x.frames)
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errTorn), errors.Is(err, errFrame):
			rest, unread := (&copyFile{f: x.copy}).rest(at)
			if unread != nil {
				return unread
			}
			if int64(len(rest)) < x.size-at || holdsFrame(rest) {
				x.broken(x.chain.sequence+1, fmt.Errorf("%w: copy: %w", ErrDamaged, err), "Behind its end the journal's copy holds what is not a record. The next start makes the copy again.")
				return nil
			}
			number, event := about(rest)
			x.find(Finding{Kind: FoundTorn, Alert: true, Record: x.chain.sequence + 1, Sale: number,
				Text: "The last thing this terminal wrote before it stopped was cut short. The next start drops it; nobody had been told of it." + ofSale(number, event)})
			return nil
		case err != nil:
			return err
		}
		e, unfit := x.chain.follow(f.sequence, f.content)
		if unfit != nil {
			x.broken(x.chain.sequence+1, unfit, fmt.Sprintf("The journal's copy goes on after the journal's end, with a record that does not fit: %v.", unfit), f.content)
			return nil
		}
		x.find(Finding{Kind: FoundReplayed, Record: f.sequence, Sale: e.Sale,
			Text: "The terminal stopped while it wrote this record: only the copy has it. The next start puts it into the journal." + ofSale(e.Sale, string(e.Event))})
	}
	return nil
}

// checkpoint looks at the last one.
func (x *inspector) checkpoint() {
	if len(x.state.checkpoint) < 8 {
		return
	}
	c, err := decodeCheckpoint(x.state.checkpoint[8:])
	if err != nil {
		x.find(Finding{Kind: FoundCheckpointForged, Alert: true, Text: "The journal's last checkpoint cannot be read."})
		return
	}
	head, err := x.store.headAt(c.Sequence)
	x.Checkpoint, x.Holds = c, err == nil && head == c.Head && c.Sequence <= x.chain.sequence
}
