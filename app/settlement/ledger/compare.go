package ledger

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/program/backup"
)

// readSums reads those that a backup says.
func readSums(m backup.Manifest) (s Sums, err error) {
	if err := strictJSON(m.Sums, &s); err != nil {
		return s, fmt.Errorf("%w: its sums: %w", backup.ErrDamaged, err)
	}
	return s, nil
}

// fits says whether this program can restore what a backup holds.
func fits(about backup.About) error {
	list, err := allMigrations()
	if err != nil {
		return err
	}
	switch {
	case about.Format != format:
		return fmt.Errorf("%w: it holds %q, this program keeps %q", ErrBackupFormat, about.Format, format)
	case about.Schema > len(list):
		return fmt.Errorf("%w: schema %d, this program knows %d", backup.ErrNewer, about.Schema, len(list))
	}
	return nil
}

var (
	// ErrBackupFormat says that a backup is of a ledger that this program does not
	// know.
	ErrBackupFormat = errors.New("the backup is of another kind of ledger")
	// ErrNotEmpty says that there is a ledger where one is to be restored.
	ErrNotEmpty = errors.New("there is a ledger already, and a backup is restored into an empty place only")
	// ErrDiffers says that what was restored is not what was saved.
	ErrDiffers = errors.New("what was restored is not what the backup says")
	// ErrProof says that the ledger in a backup breaks an invariant: it did so when
	// the backup was made.
	ErrProof = errors.New("the ledger in this backup breaks an invariant")
)

// Restored is what a restoration came to.
type Restored struct {
	Manifest backup.Manifest
	Sums     Sums
	Proof    Proof
}

// RestoreOptions tune a restoration.
type RestoreOptions struct {
	// AcceptBroken keeps a ledger whose proof does not hold.
	AcceptBroken bool
	// FailPoint is as in Options: RestoreFailPoints lists the names.
	FailPoint func(name string)
}

// RestoreFailPoints names the points at which RestoreOptions.FailPoint is called.
func RestoreFailPoints() []string {
	return []string{pointRestoring, pointRestored, pointProved, pointKept}
}

const (
	pointRestoring = "restore.writing"  // some records are written
	pointRestored  = "restore.restored" // all are, none was looked at again
	pointProved    = "restore.proved"   // all are found good, and are in place for nobody yet
	pointKept      = "restore.kept"     // the ledger is there
)

func (o RestoreOptions) at(point string) {
	if o.FailPoint != nil {
		o.FailPoint(point)
	}
}

// skipped is by how much the numbers of a restored ledger go on above the last one
// that the backup knows: what was handed out after it was made is not given to
// anything else. It is half a turn of the acquirer's trace numbers.
const skipped = 500_000

// compare reads everything back, and proves it.
func (o RestoreOptions) compare(ctx context.Context, from numbered, m backup.Manifest) (r Restored, err error) {
	r.Manifest = m
	said, err := readSums(m)
	if err != nil {
		return r, err
	}
	var tally backup.Tally
	err = dump(ctx, from, func(name string) error { tally.Section(name); return nil },
		func(key, value []byte) error { tally.Record(key, value); return nil })
	if err != nil {
		return r, err
	}
	if name := different(m.Sections, tally.Sections()); name != "" {
		return r, fmt.Errorf("%w: %s", ErrDiffers, name)
	}
	if r.Sums, err = sumsOf(from); err != nil {
		return r, err
	}
	r.Sums.References = said.References // those go on above
	if !r.Sums.equal(said) {
		return r, fmt.Errorf("%w: sums %+v, and it says %+v", ErrDiffers, r.Sums, said)
	}
	if r.Proof, err = Prove(ctx, within{snapshot: newSnapshot(from)}); err != nil {
		return r, err
	}
	if !r.Proof.Holds() && !o.AcceptBroken {
		return r, ErrProof
	}
	return r, nil
}

// different names a section that is not as it was. A backup of an earlier schema has
// fewer: what it lacks is empty.
func different(saved, restored []backup.Section) string {
	was := map[string]backup.Section{}
	for _, s := range saved {
		was[s.Name] = s
	}
	for _, s := range restored {
		if before, there := was[s.Name]; there && before != s || !there && s.Records > 0 {
			return s.Name
		}
	}
	return ""
}

// within is a ledger that is one snapshot, for Prove.
type within struct {
	Ledger
	snapshot Snapshot
}

func (w within) View(_ context.Context, read func(Snapshot) error) error { return read(w.snapshot) }

// errUnknownSection is of a file that a program of ours would not have written.
func errUnknownSection(name string) error {
	return fmt.Errorf("%w: it has a section %q", backup.ErrDamaged, name)
}
