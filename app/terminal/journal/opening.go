package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// open takes the files, verifies and repairs them.
func (j *Journal) open(ctx context.Context) (err error) {
	if j.lock, err = os.OpenFile(j.files.lock, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := lockFile(j.lock); err != nil {
		return inUse()
	}
	var st state
	var from located
	var found formats
	s, broken := openStore(j.files.store)
	if broken == nil {
		j.store = s
		found.store, found.writer, broken = s.header()
	}
	c, copyBroken := openCopy(j.files.copy)
	if copyBroken == nil {
		j.copy, found.copy = c, c.header
	}
	if err := j.judge(found); err != nil {
		return err
	}
	if broken == nil {
		st, from, broken = j.check(ctx, s)
	}
	if broken != nil && broken != errMissing && !isDamage(broken) {
		return broken
	}
	if broken == nil && j.suspected() == suspectRebuild {
		broken = fmt.Errorf("%w: it failed while it was written to", ErrDamaged)
	}
	if copyBroken != nil && copyBroken != errMissing && !isDamage(copyBroken) {
		return fmt.Errorf("copy: %w", copyBroken)
	}
	whole := from.Sequence == 0
	switch {
	case broken == nil:
		err = j.reconcile(ctx, st, from, copyBroken)
	case copyBroken == nil:
		whole = true
		err = j.restore(ctx, broken)
	case broken == errMissing && copyBroken == errMissing && !j.traces():
		if j.copy, err = makeCopy(j.files.copy, j.header, func(io.Writer) error { return nil }); err == nil {
			err = j.restore(ctx, errMissing)
		}
	default:
		err = lost(broken, copyBroken)
	}
	if err != nil {
		return err
	}
	if err := j.bringForward(ctx); err != nil {
		return err
	}
	return j.begin(whole)
}

// begin reads where the journal ends, now that both files are in order.
func (j *Journal) begin(whole bool) error {
	st, err := j.store.state()
	if err != nil {
		return err
	}
	j.number = st.number
	j.reached(chain{sequence: st.last, head: st.head, decode: j.decode})
	if j.checkpoint, err = j.trusted(j.store, st); err != nil && !errors.Is(err, ErrCheckpoint) {
		return err
	}
	if j.options.Verify == nil && len(st.checkpoint) >= 8 {
		if c, err := decodeCheckpoint(st.checkpoint[8:]); err == nil {
			j.checkpoint.Checkpoint = c
		}
	}
	if whole {
		close(j.verified)
		if err := os.Remove(j.files.suspect); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	j.reserve = openReserve(j.files.reserve, j.options.Reserve, j.options.free)
	if err := j.reserve.fill(); err != nil {
		j.find(Finding{Kind: FoundReserveUsed, Alert: true,
			Text: "The disk of this terminal is full. No new sale begins until files are removed."})
	}
	return nil
}

// What the next opening shall do, as it stands in the file journal.suspect.
const (
	suspectVerify  = "verify everything\n"
	suspectRebuild = "make the journal again from its copy\n"
)

// suspect notes what the next opening shall do, and returns what to add to a
// finding when it cannot be noted.
func (j *Journal) suspect(what string) string {
	if err := os.WriteFile(j.files.suspect, []byte(what), 0o600); err != nil {
		return fmt.Sprintf(" (It could not be noted for the next start: %v.)", err)
	}
	return ""
}

// suspected reads the note; anything unknown asks for verification.
func (j *Journal) suspected() string {
	note, err := os.ReadFile(j.files.suspect)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ""
	case string(note) == suspectRebuild:
		return suspectRebuild
	}
	return suspectVerify
}

// traces says whether a journal was here.
func (j *Journal) traces() bool {
	found, _ := filepath.Glob(j.files.broken + "*") // the pattern is well formed
	again, _ := filepath.Glob(j.files.brokenCopy + "*")
	_, err := os.Stat(j.files.reserve)
	return len(found)+len(again) > 0 || err == nil
}

// check verifies the store from its last checkpoint on, or the whole of it, and
// then also what is derived from it.
func (j *Journal) check(ctx context.Context, s *store) (state, located, error) {
	st, err := s.state()
	if err != nil {
		return st, located{}, err
	}
	from, err := j.trusted(s, st)
	if errors.Is(err, ErrCheckpoint) {
		j.find(Finding{Kind: FoundCheckpointForged, Alert: true,
			Text: "The journal's last checkpoint is not genuine. All of the journal was verified instead."})
	} else if err != nil {
		return st, from, err
	}
	if j.suspected() != "" || j.migrates != 0 {
		from = located{}
	}
	c, d := chain{from.Sequence, from.Head, j.decode}, newDerived()
	err = s.walk(from.Sequence+1, func(n numbered) error {
		e, err := c.follow(n.sequence, n.value)
		if err != nil {
			return err
		}
		d.add(e, n.value[len(Hash{}):])
		return ctx.Err()
	})
	if err == nil && (c.sequence != st.last || c.head != st.head) {
		err = wrongEnd(c.sequence)
	}
	if err == nil && from.Sequence == 0 {
		err = j.repairDerived(s, d)
	}
	return st, from, err
}

func wrongEnd(sequence uint64) error {
	return fmt.Errorf("%w: the chain ends at record %d, its head is another", ErrBroken, sequence)
}

// repairDerived has the store keep what follows from its records, if it does not.
func (j *Journal) repairDerived(s *store, d *derived) error {
	fits := false
	err := s.view(func(tx *bbolt.Tx) error {
		fits = d.holds(tx)
		return nil
	})
	if err != nil || fits {
		return err
	}
	if err := s.update(d.put); err != nil {
		return err
	}
	j.find(Finding{Kind: FoundIndexRepaired, Alert: true,
		Text: "The list of open sales did not fit the journal's records and was made again from them. Look through the open sales."})
	return nil
}

// setAside gives a broken file another name, which it returns.
func (j *Journal) setAside(path, prefix string) (string, error) {
	aside := prefix + "-" + j.options.Now().UTC().Format("20060102T150405Z")
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s-%s.%d", prefix, j.options.Now().UTC().Format("20060102T150405Z"), n)
	}
	if err := os.Rename(path, aside); err != nil {
		return "", fmt.Errorf("set broken file aside: %w", err)
	}
	return filepath.Base(aside), nil
}
