package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	return slices.Equal(s.Books, o.Books) && s.Entries == o.Entries && s.At == o.At && s.Last == o.Last && s.Accounts == o.Accounts && s.References == o.References
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
