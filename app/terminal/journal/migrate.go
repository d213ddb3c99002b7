package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/bbolt"
)

// A migration brings both files of an older format forward when they are opened. It
// changes what stands around the records, never a record: the chain's head is the
// same before and after.
//
//  1. Opening verifies and mends everything, checkpoint or not.
//  2. Both files are copied to "journal.format-1-at-42.db" and ".log" (format, last
//     record), and these are verified from their first record. They are never touched
//     again.
//  3. The copy's title is written, then the store in one transaction.
//  4. Both are verified again from the first record.
//
// Killed at any point, the next opening begins again: the store says its format last.

// Stages of a migration, at which Options.FailPoint is called.
const (
	stageVerified   = "verified"     // nothing written
	stageBackedUp   = "backup"       // written under another name
	stageHalfNamed  = "backup-named" // one of two has its name
	stageBackupHeld = "backup-holds"
	stageTitled     = "titled" // the copy says the new format
	stageStored     = "stored" // the store too
)

// MigrationFailPoints lists the names that Options.FailPoint is called with while a
// journal of an older format is brought forward: "journal.migration.<stage>".
func MigrationFailPoints() []string {
	var names []string
	for _, stage := range []string{stageVerified, stageBackedUp, stageHalfNamed, stageBackupHeld, stageTitled, stageStored} {
		names = append(names, failPointName("migration", stage))
	}
	return names
}

// formats are what is found when the files are opened.
type formats struct {
	store, copy header // zero where the file is not there or cannot be read
	writer      int
}

// oldest is the older of the two, and older still where an older program wrote to it
// last; 0 where nothing was there.
func (f formats) oldest() int {
	n := 0
	for _, of := range []int{f.store.format, f.copy.format, f.writer} {
		if n == 0 || of != 0 && of < n {
			n = of
		}
	}
	return n
}

// judge looks at both files' formats before anything is changed, and says whether a
// migration is due. The store may be absent, and so may the copy.
func (j *Journal) judge(found formats) error {
	h, e := found.store.or(found.copy), j.options.edition
	if err := e.opens(h); err != nil {
		return err
	}
	j.header = h.or(e.header())
	j.decode = e.reads(j.header)
	if oldest := found.oldest(); oldest != 0 && oldest < e.format {
		j.migrates = oldest
	}
	return nil
}

// bringForward has both files, which hold the same by now, say their format.
func (j *Journal) bringForward(ctx context.Context) error {
	st, err := j.store.state()
	if err != nil {
		return err
	}
	j.end = chain{sequence: st.last, head: st.head, decode: j.decode}
	backup := ""
	if j.migrates != 0 && st.last > 0 {
		j.failPoint("migration", stageVerified)
		if backup, err = j.backUp(ctx); err != nil {
			return fmt.Errorf("back the journal up before it is brought to format %d: %w", j.header.format, err)
		}
		j.failPoint("migration", stageBackupHeld)
	}
	if err := j.entitle(); err != nil {
		return fmt.Errorf("bring the journal to format %d: %w", j.header.format, err)
	}
	if backup == "" {
		return nil
	}
	x, err := j.examine(ctx, func(context.Context) error { return nil }, nil)
	if err == nil && (x.chain.sequence != st.last || x.chain.head != st.head) {
		err = wrongEnd(x.chain.sequence)
	}
	if err != nil {
		return &Error{
			Err:  fmt.Errorf("verify the journal after it was brought to format %d: %w", j.header.format, err),
			hint: "the journal as it was before is in " + filepath.Base(backup) + " and the .log beside it; keep both and call the installer, the disk may be failing",
		}
	}
	j.find(Finding{Kind: FoundMigrated, Text: fmt.Sprintf(
		"The journal was brought from format %d to format %d. As it was before, it is kept in %s and the .log beside it; all %d records hold.",
		j.migrates, j.options.edition.format, filepath.Base(backup), st.last)})
	return nil
}

// entitle writes the header into both files, where it is not there.
func (j *Journal) entitle() error {
	e := j.options.edition
	if j.copy.header != j.header {
		if err := j.copy.entitle(j.header); err != nil {
			return err
		}
	}
	j.failPoint("migration", stageTitled)
	h, writer, err := j.store.header()
	if err != nil {
		return err
	}
	if h == j.header && writer == e.format {
		return nil
	}
	err = j.store.update(func(tx *bbolt.Tx) error {
		if j.migrates != 0 && e.step != nil {
			if err := e.step(tx, j.migrates); err != nil {
				return err
			}
		}
		return putHeader(tx, j.header, e.format)
	})
	if err == nil {
		j.failPoint("migration", stageStored)
	}
	return err
}

// backUp copies both files, verifies what it made, and returns the store's name.
func (j *Journal) backUp(ctx context.Context) (string, error) {
	size, err := j.room()
	if err != nil {
		return "", err
	}
	base := fmt.Sprintf("%s.format-%d-at-%d", strings.TrimSuffix(j.files.copy, ".log"), j.migrates, j.end.sequence)
	for n := 1; ; n++ {
		path := base + ".db"
		if n > 1 {
			path = fmt.Sprintf("%s.%d.db", base, n)
		}
		if _, err := os.Lstat(path); err == nil { // of an opening that was cut short, or of earlier
			if j.same(ctx, path) == nil {
				return path, nil
			}
			continue
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if err := j.writeBackup(name(path), size); err != nil {
			return "", err
		}
		return path, j.same(ctx, path)
	}
}

// room says whether the disk has room for the backup, and returns the copy's size.
func (j *Journal) room() (int64, error) {
	info, err := j.store.file.Stat()
	if err != nil {
		return 0, err
	}
	size, err := j.copy.size()
	if err != nil {
		return 0, err
	}
	free, err := j.options.free(filepath.Dir(j.files.store))
	if err != nil {
		return 0, fmt.Errorf("measure free space: %w", err)
	}
	if wanted := uint64(info.Size()+size) + uint64(j.options.Reserve); free < wanted {
		return 0, full(fmt.Errorf("%d bytes free, %d wanted for a backup", free, wanted))
	}
	return size, nil
}

// writeBackup gives the copy its name first: a backup whose .db is there is whole.
func (j *Journal) writeBackup(to files, size int64) error {
	err := errors.Join(
		writeSynced(to.store+".building", func(w io.Writer) error {
			return j.store.view(func(tx *bbolt.Tx) error {
				_, err := tx.WriteTo(w)
				return err
			})
		}),
		writeSynced(to.copy+".building", func(w io.Writer) error {
			_, err := io.Copy(w, io.NewSectionReader(j.copy.f, 0, size))
			return err
		}))
	if err != nil {
		return err
	}
	j.failPoint("migration", stageBackedUp)
	if err := os.Rename(to.copy+".building", to.copy); err != nil {
		return err
	}
	j.failPoint("migration", stageHalfNamed)
	if err := os.Rename(to.store+".building", to.store); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(to.store))
}

// writeSynced writes a file anew, for its owner alone, and brings it to the disk. What
// cannot be written whole is removed.
func writeSynced(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// same verifies a backup from its first record and holds it against this journal.
func (j *Journal) same(ctx context.Context, path string) error {
	i, err := inspect(ctx, path, j.options.edition)
	switch {
	case err != nil:
		return fmt.Errorf("verify backup: %w", err)
	case i.Broken != nil:
		return fmt.Errorf("verify backup: %w", i.Broken.Err)
	case i.Records != j.end.sequence || i.Head != j.end.head || len(i.Findings) > 0:
		return fmt.Errorf("verify backup: %w", wrongEnd(i.Records))
	}
	return nil
}
