package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"countersign/app/program/backup"
	"countersign/protocol"
)

// backupProgram is whose backups are a ledger's.
const backupProgram = "settlement"

// Sums are what a ledger comes to: a backup says them, and the ledger that was
// restored from it comes to the same.
type Sums struct {
	// Entries is the number of the last entry, At its time, in Unix seconds, and Last
	// SHA-256 of its record, in hex; all are zero in a ledger without entries.
	Entries uint64        `json:"entries"`
	At      protocol.Time `json:"at,omitempty"`
	Last    string        `json:"last,omitempty"`
	// Accounts is how many there are, and Books what they hold.
	Accounts int    `json:"accounts"`
	Books    []Book `json:"books"`
	// References is the greatest number that the ledger knows to be handed out.
	References uint64 `json:"references"`
}

// Book is the double entry of one currency (ISO 4217 number), in minor units: what is
// held is what is owed. Moved is the sum of all entries.
type Book struct {
	Currency protocol.Currency `json:"currency"`
	Held     int64             `json:"held"`
	Owed     int64             `json:"owed"`
	Moved    int64             `json:"moved"`
}

func (s Sums) equal(o Sums) bool {
	same := slices.Equal(s.Books, o.Books)
	s.Books, o.Books = nil, nil
	return same && s.Entries == o.Entries && s.At == o.At && s.Last == o.Last && s.Accounts == o.Accounts && s.References == o.References
}

// numbered is a store that knows which numbers it handed out.
type numbered interface {
	walker
	lastNumber() (uint64, error)
}

// Backup writes the whole ledger as it is at one moment, while others go on with it:
// every record that a restored ledger needs, whichever store it is in then, and the
// sums. Keys are in none of it: those are in the token.
func Backup(ctx context.Context, l Ledger, to io.Writer, now time.Time) error {
	err := l.View(ctx, func(s Snapshot) error {
		view, ok := s.(snapshot)
		if !ok {
			return fmt.Errorf("a %T", s)
		}
		from, ok := view.walker.(numbered)
		if !ok {
			return fmt.Errorf("records of a %T", view.walker)
		}
		// Asked before anything is written: a view is begun anew if its first
		// question is not answered.
		if _, err := from.lastEntry(); err != nil {
			return err
		}
		about, err := backupOf(from)
		if err != nil {
			return err
		}
		about.Made = now.UTC().Truncate(time.Second)
		w, err := backup.NewWriter(to, about)
		if err != nil {
			return err
		}
		if err := dump(ctx, from, w.Section, w.Record); err != nil {
			return err
		}
		sums, err := sumsOf(from)
		if err != nil {
			return err
		}
		_, err = w.Close(sums)
		return err
	})
	if err != nil {
		return fmt.Errorf("back up the ledger: %w", err)
	}
	return nil
}

func backupOf(from walker) (backup.About, error) {
	list, err := allMigrations()
	about := backup.About{Program: backupProgram, Format: format, Schema: len(list), Store: "file"}
	if _, database := from.(*pgRecords); database {
		about.Store = "postgresql"
	}
	return about, err
}

// dump shows every record of every bucket but meta, which is the store's own.
func dump(ctx context.Context, from walker, section func(string) error, record func(key, value []byte) error) error {
	for _, bucket := range buckets {
		if bucket == bucketMeta {
			continue
		}
		if err := section(bucket); err != nil {
			return err
		}
		n := 0
		err := from.each(bucket, nil, nil, func(key, value []byte) error {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			return record(key, value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sumsOf reads accounts and entries.
func sumsOf(from numbered) (Sums, error) {
	var s Sums
	books := map[protocol.Currency]*Book{}
	book := func(c protocol.Currency) *Book {
		if books[c] == nil {
			books[c] = &Book{Currency: c}
		}
		return books[c]
	}
	view := newSnapshot(from)
	err := view.EachAccount(func(a Account, balance int64) error {
		s.Accounts++
		if a.Class.held() {
			book(a.Currency).Held += balance
		} else {
			book(a.Currency).Owed += balance
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	err = view.EachEntry(func(e Entry) error {
		book(e.Currency).Moved += int64(e.Amount)
		s.Entries, s.At = e.Sequence, e.At
		return nil
	})
	if err != nil {
		return s, err
	}
	for _, b := range books {
		s.Books = append(s.Books, *b)
	}
	slices.SortFunc(s.Books, func(a, b Book) int { return cmp.Compare(a.Currency, b.Currency) })
	if s.Entries > 0 {
		last, err := view.get(bucketEntries, numberKey(s.Entries))
		if err != nil {
			return s, err
		}
		digest := sha256.Sum256(last)
		s.Last = hex.EncodeToString(digest[:])
	}
	s.References, err = from.lastNumber()
	return s, err
}

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
