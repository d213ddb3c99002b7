package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// groupMost bounds how many entries are written together.
const groupMost = 64

// pending is an entry that is to be written.
type pending struct {
	entry sale.Entry
	text  []byte
	err   error
	// over says that err is the answer.
	over bool
}

// Append writes an entry and returns when it is in both files and on the disk.
// Entries that wait while another is written go together and share their syncs.
//
// ErrFull: there is no room to begin another sale, or none at all; nothing was
// written. ErrStopped: what is on the disk is open until the next start.
func (j *Journal) Append(ctx context.Context, e sale.Entry) error {
	if err := j.append(ctx, e); err != nil {
		return fmt.Errorf("append %s of sale %d: %w", e.Event, e.Sale, err)
	}
	return nil
}

func (j *Journal) append(ctx context.Context, e sale.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	p := &pending{entry: e, text: text}
	j.queue.Lock()
	j.waiting = append(j.waiting, p)
	j.queue.Unlock()

	j.writing.Lock()
	defer j.writing.Unlock()
	for !p.over { // whoever had the lock before may have written this one too
		j.queue.Lock()
		n := min(len(j.waiting), groupMost)
		group := j.waiting[:n:n]
		j.waiting = j.waiting[n:]
		j.queue.Unlock()
		j.writeGroup(group)
	}
	return p.err
}

// writeGroup writes entries together and answers each.
func (j *Journal) writeGroup(group []*pending) {
	for len(group) > 0 {
		group = j.admit(group)
		for _, p := range group {
			j.failPoint(p.entry.Event, stageBefore)
		}
		err := j.writeAll(group)
		switch {
		case err == nil:
			for _, p := range group {
				j.failPoint(p.entry.Event, stageAfter)
			}
		case isFull(err) && !errors.Is(err, ErrStopped):
			// What begins gives way; for the rest the reserve is there.
			rest := answer(group, j.begins, full(err))
			if len(rest) < len(group) || j.useReserve() {
				group = rest
				continue
			}
			err = full(err)
		}
		answer(group, func(*pending) bool { return true }, err)
		return
	}
}

// answer answers those that are chosen and returns the others.
func answer(group []*pending, choose func(*pending) bool, err error) (rest []*pending) {
	for _, p := range group {
		if choose(p) {
			p.err, p.over = err, true
		} else {
			rest = append(rest, p)
		}
	}
	return rest
}

// admit refuses what cannot be written now.
func (j *Journal) admit(group []*pending) []*pending {
	if j.failed != nil {
		return answer(group, func(*pending) bool { return true }, j.failed)
	}
	if !slices.ContainsFunc(group, j.begins) {
		return group
	}
	if err := j.reserve.room(); err != nil {
		return answer(group, j.begins, err)
	}
	return group
}

func (j *Journal) begins(p *pending) bool { return j.options.Begins(p.entry) }

// useReserve gives up room for a sale that is open.
func (j *Journal) useReserve() bool {
	first := j.reserve.held == j.reserve.size
	if !j.reserve.give() {
		return false
	}
	if first {
		j.find(Finding{Kind: FoundReserveUsed, Alert: true,
			Text: "The disk of this terminal is full. Sales already begun are finished in reserved room; no new one begins until files are removed."})
	}
	return true
}

// writeAll writes a group's records to both files.
func (j *Journal) writeAll(group []*pending) error {
	if len(group) == 0 {
		return nil
	}
	end := j.end
	records := make([]record, len(group))
	var frames []byte
	for n, p := range group {
		records[n] = record{previous: end.head, entry: p.text}
		end.sequence, end.head = end.sequence+1, records[n].hash()
		frames = appendFrame(frames, frame{kindEntry, end.sequence, records[n].bytes()})
	}
	copied := func() {
		for _, p := range group {
			j.failPoint(p.entry.Event, stageCopied)
		}
	}
	if reader := j.needed(group); reader > j.header.reader {
		if err := j.raise(reader); isFull(err) {
			return err
		} else if err != nil {
			j.failed = stopped(err)
			return j.failed
		}
	}
	err := j.both(frames, copied, func(tx *bbolt.Tx) error {
		for n, p := range group {
			if err := put(tx, j.end.sequence+1+uint64(n), records[n], p.entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		j.reached(end)
	}
	return err
}

// both writes to the copy, syncs, and then to the journal, which syncs. When there
// is no room, both are as before. After any other error nobody knows what is on the
// disk (a failed sync drops what it could not write), so that the journal stops.
func (j *Journal) both(frames []byte, copied func(), write func(*bbolt.Tx) error) error {
	err := j.copy.write(frames)
	if err == nil {
		copied()
		if err = j.store.update(write); err == nil {
			j.copy.keep(frames)
			return nil
		}
	}
	if isFull(err) {
		st, unread := j.store.state()
		if unread == nil && st.last == j.end.sequence {
			if uncut := j.copy.cut(); uncut == nil {
				return err
			} else {
				err = errors.Join(err, uncut)
			}
		}
	}
	j.failed = stopped(err)
	text := "The terminal could not write to its journal and has stopped selling. Start it again; if it happens again, call the installer, the disk is failing."
	if isDamage(err) {
		text += j.suspect(suspectRebuild)
	}
	j.find(Finding{Kind: FoundStopped, Alert: true, Text: text})
	return j.failed
}
