package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"countersign/app/program/backup"
	programstore "countersign/app/program/store"
	"countersign/protocol"
)

const (
	backupProgram = "authority"
	backupFormat  = "countersign registry"
	backupSchema  = 1
)

var (
	// ErrNotEmpty says that there is a registry where one is to be restored.
	ErrNotEmpty = errors.New("there is a registry already, and a backup is restored into an empty place only")
	// ErrDiffers says that what was restored is not what was saved.
	ErrDiffers = errors.New("what was restored is not what the backup says")
)

// Sums are what a registry comes to: a backup says them, and the registry that was
// restored from it comes to the same.
type Sums struct {
	Authority protocol.ID `json:"authority"`
	// Key is the thumbprint of PubA, in hex: a restored registry serves with the token
	// that holds this key, and with no other.
	Key     string `json:"key"`
	Devices int    `json:"devices"`
	Revoked int    `json:"revoked"`
	// Sequence is the newest revocation list's number, and Erasure the last erasure's.
	Sequence uint64 `json:"sequence"`
	Erasure  uint64 `json:"erasure"`
}

// Backup writes the whole registry as it is at one moment, while others go on with it.
// The authority's private keys are not in it: they stay in the token.
func (r *Registry) Backup(ctx context.Context, to io.Writer, now time.Time) error {
	err := r.View(func(tx *Tx) error {
		w, err := backup.NewWriter(to, backup.About{Program: backupProgram, Format: backupFormat, Schema: backupSchema, Store: "file",
			Made: now.UTC().Truncate(time.Second)})
		if err != nil {
			return err
		}
		if err := tx.dump(ctx, w.Section, w.Record); err != nil {
			return err
		}
		sums, err := tx.sums()
		if err != nil {
			return err
		}
		_, err = w.Close(sums)
		return err
	})
	if err != nil {
		return fmt.Errorf("back up the registry: %w", err)
	}
	return nil
}

// dump shows every record.
func (t *Tx) dump(ctx context.Context, section func(string) error, record func(key, value []byte) error) error {
	for _, name := range buckets() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := section(name); err != nil {
			return err
		}
		if err := t.tx.Bucket([]byte(name)).ForEach(record); err != nil {
			return err
		}
	}
	return nil
}

// sums reads everything, and fails where a record cannot be read or a device's
// certificate is missing.
func (t *Tx) sums() (s Sums, err error) {
	self, err := t.Authority()
	if err != nil {
		return s, err
	}
	s.Authority, s.Key = self.Name, hex.EncodeToString(self.Key)
	if s.Sequence, _, err = get[uint64](t, bucketAuthority, []byte("sequence")); err != nil {
		return s, err
	}
	err = each(t, bucketDevices, func(subject []byte, d Device) error {
		s.Devices++
		if t.tx.Bucket([]byte(bucketCertificates)).Get(d.Current) == nil {
			return fmt.Errorf("the certificate of %q is missing", subject)
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	return s, errors.Join(
		each(t, bucketRevocations, func([]byte, Revocation) error { s.Revoked++; return nil }),
		each(t, bucketErasures, func(key []byte, _ Erasure) error {
			if len(key) != 8 {
				return fmt.Errorf("an erasure under %x", key)
			}
			s.Erasure = binary.BigEndian.Uint64(key)
			return nil
		}),
		each(t, bucketCodes, func([]byte, Code) error { return nil }),
		each(t, bucketKeys, func([]byte, KeyOwner) error { return nil }),
		each(t, bucketDeposits, func([]byte, Deposit) error { return nil }),
		each(t, bucketStatements, func([]byte, Statement) error { return nil }),
		each(t, bucketCertificates, func(_ []byte, c Certificate) error { _, err := c.Claims(); return err }),
	)
}

// RestoreFailPoints names the points at which Restore calls its fail point.
func RestoreFailPoints() []string { return []string{pointRestored, pointCompared, pointKept} }

const (
	pointRestored = "restore.restored" // all records are written, none was looked at again
	pointCompared = "restore.compared" // all are found good, and are in place for nobody yet
	pointKept     = "restore.kept"     // the registry is there
)

// Restore makes the registry at path out of a backup, and reads it back before it is
// there. It fails with ErrNotEmpty where there is a file at path, and with what package
// backup says of from; nothing is changed then, nor when the process is killed.
// failPoint, for tests, may end it; nil is none.
func Restore(ctx context.Context, path string, from io.ReadSeeker, failPoint func(string)) (backup.Manifest, error) {
	if failPoint == nil {
		failPoint = func(string) {}
	}
	m, err := backup.Read(ctx, from, backupProgram, backup.Visitor{About: fits})
	if err == nil {
		err = programstore.Place(path, func(db *bbolt.DB) error {
			if err := restoreInto(ctx, db, from, m); err != nil {
				return err
			}
			failPoint(pointRestored)
			err := db.View(func(tx *bbolt.Tx) error { return (&Tx{tx}).compare(ctx, m) })
			if err == nil {
				failPoint(pointCompared)
			}
			return err
		})
	}
	if errors.Is(err, programstore.ErrThere) {
		err = fmt.Errorf("%w: %s", ErrNotEmpty, path)
	}
	if err != nil {
		return m, fmt.Errorf("restore the registry: %w", err)
	}
	failPoint(pointKept)
	return m, nil
}

// fits says whether this program can restore what a backup holds.
func fits(about backup.About) error {
	if about.Format != backupFormat || about.Schema > backupSchema {
		return fmt.Errorf("%w: %s %d, this program knows %s %d", backup.ErrNewer, about.Format, about.Schema, backupFormat, backupSchema)
	}
	return nil
}

func restoreInto(ctx context.Context, db *bbolt.DB, from io.ReadSeeker, m backup.Manifest) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		var bucket *bbolt.Bucket
		again, err := backup.Read(ctx, from, backupProgram, backup.Visitor{
			Section: func(name string) error {
				if bucket = tx.Bucket([]byte(name)); bucket == nil {
					return fmt.Errorf("%w: it has a section %q", backup.ErrDamaged, name)
				}
				return nil
			},
			Record: func(key, value []byte) error { return bucket.Put(key, value) },
		})
		if err == nil && !(again.About == m.About && bytes.Equal(again.Sums, m.Sums) && slices.Equal(again.Sections, m.Sections)) {
			err = fmt.Errorf("%w: the file changed while it was read", backup.ErrDamaged)
		}
		return err
	})
}

// compare reads everything back.
func (t *Tx) compare(ctx context.Context, m backup.Manifest) error {
	var said Sums
	if err := json.Unmarshal(m.Sums, &said); err != nil {
		return fmt.Errorf("%w: its sums: %w", backup.ErrDamaged, err)
	}
	var tally backup.Tally
	err := t.dump(ctx, func(name string) error { tally.Section(name); return nil },
		func(key, value []byte) error { tally.Record(key, value); return nil })
	if err != nil {
		return err
	}
	have, err := t.sums()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDiffers, err)
	}
	if !slices.Equal(tally.Sections(), m.Sections) || have != said {
		return fmt.Errorf("%w: %+v, and it says %+v", ErrDiffers, have, said)
	}
	return nil
}
