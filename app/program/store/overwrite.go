// Package store is what the programs that keep their records in a bbolt file
// have in common: [Overwrite], for a record that is to be gone from the file when
// it was deleted, and [Place], for a file that is there whole or not at all.
//
// bbolt never writes where it has data. What is deleted or replaced stays in
// pages that are free, until something else is written there. Overwrite fills all
// of them.
//
// # Guarantees
//
//   - When Overwrite has returned nil, every page that was free, or held an older
//     state of the file, when it was called has been written anew and synced.
//   - It only uses bbolt's own transactions: a crash at any point loses nothing,
//     and the next call goes on.
//
// # Limits
//
// It is the file that is overwritten. A file system that never writes in place
// (btrfs, ZFS, a snapshot), a flash disk's spare blocks and every backup keep
// what they have; disks that are encrypted, and keys that are destroyed with
// them, are what helps there.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// bucketFill holds what is written over free pages while Overwrite is under way.
const bucketFill = "overwriting"

const (
	// fillAtOnce bounds the pages that one transaction writes, and so the memory
	// that it takes: 64 MB.
	fillAtOnce = 1 << 14
	// slack is how many pages more are written than are free: the last of a
	// bucket may take two.
	slack = 8
	// look is how often it is looked whether all readers have ended.
	look = time.Millisecond
)

// Overwrite writes over all free pages of db. It waits until a moment comes in
// which nobody reads: pages that a reader may still see are not free. Other
// transactions may go on meanwhile. It fails with ctx's error if no such moment
// came, and with bbolt's; it may be called again after any.
func Overwrite(ctx context.Context, db *bbolt.DB) error {
	if err := overwrite(ctx, db); err != nil {
		return fmt.Errorf("overwrite free pages: %w", err)
	}
	return nil
}

func overwrite(ctx context.Context, db *bbolt.DB) error {
	// A transaction of our own: who begins to read after it sees nothing older.
	err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists([]byte(bucketFill))
		return err
	})
	if err != nil {
		return err
	}
	if err := unread(ctx, db); err != nil {
		return err
	}
	for all := false; !all; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.Update(func(tx *bbolt.Tx) (err error) {
			all, err = fill(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return db.Update(func(tx *bbolt.Tx) error {
		err := tx.DeleteBucket([]byte(bucketFill))
		if errors.Is(err, bbolterrors.ErrBucketNotFound) { // another call was quicker
			return nil
		}
		return err
	})
}

// unread waits for a moment without readers.
func unread(ctx context.Context, db *bbolt.DB) error {
	if db.Stats().OpenTxN == 0 {
		return nil
	}
	every := time.NewTicker(look)
	defer every.Stop()
	for db.Stats().OpenTxN > 0 {
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("somebody reads all the time: %w", ctx.Err())
		}
	}
	return nil
}

// fill writes as many pages as are free: two values a page, so that none is
// larger than a page and every free page will do for it. all says whether none is
// left: the numbers are of the last transaction's end, when this one could not yet
// use what was pending.
func fill(tx *bbolt.Tx) (all bool, err error) {
	stats := tx.DB().Stats()
	free := stats.FreePageN + stats.PendingPageN
	bucket, err := tx.CreateBucketIfNotExists([]byte(bucketFill))
	if err != nil {
		return false, err
	}
	bucket.FillPercent = 1
	blank := make([]byte, tx.DB().Info().PageSize/2-96)
	for range 2 * min(free+slack, fillAtOnce) {
		n, err := bucket.NextSequence()
		if err != nil {
			return false, err
		}
		key := make([]byte, 8)
		for i := range key {
			key[i] = byte(n >> (56 - 8*i))
		}
		if err := bucket.Put(key, blank); err != nil {
			return false, err
		}
	}
	return free+slack <= fillAtOnce, nil
}
