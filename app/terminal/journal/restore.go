package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// restoreBatch is how many records are put into a new store at once.
const restoreBatch = 2000

// restored is what was read while the store was made from the copy.
type restored struct {
	end  chain
	good int64
	torn []byte
}

// restore makes the store from the copy, under another name first, and sets the
// broken one aside. ErrLost where the copy does not hold either: nothing is changed,
// then.
func (j *Journal) restore(ctx context.Context, why error) error {
	if j.store != nil {
		if err := j.store.close(); err != nil {
			return err
		}
		j.store = nil
	}
	building := j.files.store + ".building"
	if err := os.Remove(building); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r, err := j.build(ctx, building)
	if err != nil {
		err = errors.Join(err, os.Remove(building))
		if isDamage(err) || errors.Is(err, ErrCheckpoint) {
			return lost(why, err)
		}
		return fmt.Errorf("rebuild journal: %w", err)
	}
	aside := ""
	if _, err := os.Lstat(j.files.store); err == nil {
		if aside, err = j.setAside(j.files.store, j.files.broken); err != nil {
			return err
		}
	}
	if err := os.Rename(building, j.files.store); err != nil {
		return fmt.Errorf("rebuild journal: %w", err)
	}
	if err := syncDirectory(filepath.Dir(j.files.store)); err != nil {
		return fmt.Errorf("rebuild journal: %w", err)
	}
	if j.store, err = openStore(j.files.store); err != nil {
		return err
	}
	if err := j.copy.cutAt(r.good); err != nil {
		return err
	}
	if len(r.torn) > 0 {
		j.findTorn(r.torn, r.end.sequence+1)
	}
	switch {
	case aside != "":
		j.find(Finding{Kind: FoundRebuilt, Alert: true, Record: r.end.sequence, Text: fmt.Sprintf(
			"The journal was damaged (%v). It was set aside as %s and made again from its copy, %d records. Compare the last sales with their receipts and call the installer, the disk may be failing.", why, aside, r.end.sequence)})
	case r.end.sequence > 0:
		j.find(Finding{Kind: FoundRebuilt, Alert: true, Record: r.end.sequence, Text: fmt.Sprintf(
			"The journal was missing and was made again from its copy, %d records. Compare the last sales with their receipts.", r.end.sequence)})
	}
	return nil
}

// build makes a store from the copy and brings it to the disk.
func (j *Journal) build(ctx context.Context, path string) (r restored, err error) {
	s, err := newStore(path)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.db.NoSync = true // synced once, at the end
	err = s.update(func(tx *bbolt.Tx) error {
		if err := prepare(tx); err != nil {
			return err
		}
		return putHeader(tx, j.header, j.options.edition.format)
	})
	if err != nil {
		return r, err
	}
	r.end.decode = j.decode
	mark, err := j.fill(ctx, s, &r)
	if err != nil {
		return r, err
	}
	if err := j.keepMark(s, mark); err != nil {
		return r, err
	}
	return r, s.db.Sync()
}

// fill puts the copy's records into a new store and returns the last checkpoint's
// frame.
func (j *Journal) fill(ctx context.Context, s *store, r *restored) (mark located, err error) {
	size, err := j.copy.size()
	if err != nil {
		return mark, err
	}
	r.good = titleSize
	frames := readFrames(j.copy.f, r.good, size)
	var records []record
	var entries []sale.Entry
	flush := func() error {
		first := r.end.sequence - uint64(len(records)) + 1
		err := s.update(func(tx *bbolt.Tx) error {
			for n := range records {
				if err := put(tx, first+uint64(n), records[n], entries[n]); err != nil {
					return err
				}
			}
			return nil
		})
		records, entries = records[:0], entries[:0]
		return err
	}
	for ctx.Err() == nil {
		f, err := frames.next()
		switch {
		case err == io.EOF:
			return mark, flush()
		case errors.Is(err, errTorn), errors.Is(err, errFrame):
			if r.torn, err = j.copy.rest(r.good); err != nil {
				return mark, err
			}
			if int64(len(r.torn)) < size-r.good || holdsFrame(r.torn) {
				return mark, fmt.Errorf("%w: record %d: %w", ErrDamaged, r.end.sequence+1, errFrame)
			}
			return mark, flush()
		case err != nil:
			return mark, err
		case f.kind == kindCheckpoint:
			mark.at = r.good
			if mark.Checkpoint, err = decodeCheckpoint(f.content); err != nil {
				return mark, fmt.Errorf("%w: %w", ErrDamaged, err)
			}
		default:
			e, err := r.end.follow(f.sequence, f.content)
			if err != nil {
				return mark, err
			}
			made, err := parse(f.content)
			if err != nil {
				return mark, err
			}
			records, entries = append(records, made), append(entries, e)
			if len(records) == restoreBatch {
				if err := flush(); err != nil {
					return mark, err
				}
			}
		}
		r.good = frames.at
	}
	return mark, ctx.Err()
}

// keepMark checks a new store against the copy's last checkpoint and keeps it.
func (j *Journal) keepMark(s *store, mark located) error {
	if mark.Sequence == 0 {
		return nil
	}
	switch err := j.genuine(mark.Checkpoint); {
	case err != nil && j.options.Verify != nil:
		j.find(Finding{Kind: FoundCheckpointForged, Alert: true, Record: mark.Sequence,
			Text: "The last checkpoint in the journal's copy is not genuine."})
		return nil
	case err == nil:
		if head, err := s.headAt(mark.Sequence); err != nil {
			return fmt.Errorf("%w: it does not reach its checkpoint: %w", ErrBroken, err)
		} else if head != mark.Head {
			return fmt.Errorf("%w: record %d is not the one of the checkpoint", ErrBroken, mark.Sequence)
		}
	}
	return s.update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(keyCheckpoint, append(number(uint64(mark.at)), mark.encode()...))
	})
}
