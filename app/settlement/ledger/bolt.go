package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Options tune the embedded store.
type Options struct {
	// FailPoint, for tests, is called with the name of every point at which a
	// crash would matter: FailPoints lists them. It may end the process.
	FailPoint func(name string)
}

// FailPoints names the points at which Options.FailPoint is called.
func FailPoints() []string { return []string{pointApply, pointCommit, pointAnswer} }

const (
	pointApply  = "ledger.apply"  // a transaction is decided, nothing of it written
	pointCommit = "ledger.commit" // a group is written in memory, nothing synced
	pointAnswer = "ledger.answer" // synced, nobody told
)

// maxGroup bounds how many transactions share one fsync, and so how long the
// first of them waits.
const maxGroup = 128

// Bolt is the embedded store, one bbolt file. Transactions that arrive while
// another is being synced are committed together, each on its own merits.
type Bolt struct {
	db        *bbolt.DB
	path      string
	file      os.FileInfo
	failPoint func(string)

	requests chan *request
	closing  chan struct{}
	stopped  chan struct{}
	close    sync.Once

	// visible is held while a commit is between memory and disk, so that no
	// reader sees what a power cut could still take back.
	visible   sync.RWMutex
	broken    atomic.Bool
	reference atomic.Uint64
}

var _ Ledger = (*Bolt)(nil)

// request is one Update under way.
type request struct {
	change func(Tx) error
	done   chan error
}

// Open opens or makes the store in the file at path. It fails with
// ErrInUse after a second when another process has it open.
func Open(path string, o Options) (*Bolt, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true,
		InitialMmapSize: mapped()})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open ledger: %w", ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	s := &Bolt{db: db, path: path, failPoint: o.FailPoint, requests: make(chan *request), closing: make(chan struct{}), stopped: make(chan struct{})}
	if s.failPoint == nil {
		s.failPoint = func(string) {}
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger: %w", err), db.Close())
	}
	if s.file, err = settled(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger: %w", err), db.Close())
	}
	go s.write()
	return s, nil
}

// mapped is how much address space the file gets from the beginning. A commit
// that outgrows it has to wait for readers, and a proof reads for long: then
// nothing would be settled meanwhile. Windows makes the file as large as the map.
func mapped() int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	return 1 << 32
}

// settled makes sure that the directory knows the file after a power cut, which
// bbolt leaves to others, and returns the file's identity.
func settled(path string) (os.FileInfo, error) {
	if runtime.GOOS != "windows" { // which cannot sync a directory
		directory, err := os.Open(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(directory.Sync(), directory.Close()); err != nil {
			return nil, err
		}
	}
	return os.Stat(path)
}

// prepare makes the buckets and finds the last reference.
func (s *Bolt) prepare() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		switch version := meta.Get([]byte("format")); {
		case version == nil:
			if err := meta.Put([]byte("format"), []byte(format)); err != nil {
				return err
			}
		case string(version) != format:
			return fmt.Errorf("format is %q, not %q", version, format)
		}
		last, err := boltRecords{tx}.lastNumber()
		s.reference.Store(last)
		return err
	})
}

// View implements Ledger.
func (s *Bolt) View(ctx context.Context, read func(Snapshot) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.visible.RLock()
	if s.broken.Load() {
		s.visible.RUnlock()
		return ErrBroken
	}
	tx, err := s.db.Begin(false)
	s.visible.RUnlock()
	if err != nil {
		return closedOr(err)
	}
	defer tx.Rollback() //nolint:errcheck // ends a read; there is nothing to lose
	return read(newSnapshot(boltRecords{tx}))
}

// Update implements Ledger.
func (s *Bolt) Update(ctx context.Context, change func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{change: change, done: make(chan error, 1)}
	select {
	case s.requests <- r:
		return <-r.done // the writer has begun: only the end tells the truth
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopped:
		return ErrClosed
	}
}

// NextReference implements Ledger. Numbers that were handed out and not kept, by
// a sale, a refund or an authorisation, are handed out again after a restart.
func (s *Bolt) NextReference(ctx context.Context) (uint64, error) {
	return s.reference.Add(1), ctx.Err()
}

// Close implements Ledger. Further calls do nothing.
func (s *Bolt) Close() error {
	var err error
	s.close.Do(func() {
		close(s.closing)
		<-s.stopped
		err = s.db.Close()
	})
	return err
}

// write is the one goroutine that changes the store; Close waits for it.
func (s *Bolt) write() {
	defer close(s.stopped)
	for {
		select {
		case <-s.closing:
			return
		case first := <-s.requests:
			s.group(first)
		}
	}
}

// group runs the first transaction and those that wait already, and commits
// them together. Nobody is answered before the commit: even an error, or a
// repeat, may rest on what an earlier member of the group wrote.
func (s *Bolt) group(first *request) {
	if s.broken.Load() {
		first.done <- ErrBroken
		return
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		first.done <- closedOr(err)
		return
	}
	members, results := []*request{}, []error{}
	wrote := false
	for r := first; r != nil; r = s.waiting(len(members)) {
		member := newChange(boltRecords{tx})
		err := r.change(member)
		if err == nil && len(member.order) > 0 {
			s.failPoint(pointApply)
			wrote = true
			if err := (boltRecords{tx}).apply(member.order); err != nil {
				s.fail(tx, append(members, r), err)
				return
			}
		}
		members, results = append(members, r), append(results, err)
	}
	if err := s.commit(tx, wrote); err != nil {
		s.fail(nil, members, err)
		return
	}
	for i, r := range members {
		r.done <- results[i]
	}
}

func (s *Bolt) commit(tx *bbolt.Tx, wrote bool) error {
	if !wrote {
		return tx.Rollback()
	}
	s.failPoint(pointCommit)
	s.visible.Lock()
	defer s.visible.Unlock()
	if err := tx.Commit(); err != nil {
		s.broken.Store(true)
		return err
	}
	s.failPoint(pointAnswer)
	return nil
}

// fail ends a group that cannot be kept.
func (s *Bolt) fail(tx *bbolt.Tx, members []*request, err error) {
	s.broken.Store(true)
	if tx != nil {
		err = errors.Join(err, tx.Rollback())
	}
	for _, r := range members {
		r.done <- fmt.Errorf("%w: %w", ErrBroken, err)
	}
}

// waiting returns another transaction for a group that has some, if one waits.
func (s *Bolt) waiting(have int) *request {
	if have >= maxGroup {
		return nil
	}
	select {
	case r := <-s.requests:
		return r
	default:
		return nil
	}
}

func closedOr(err error) error {
	if errors.Is(err, bbolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return fmt.Errorf("ledger: %w", err)
}

// Lost says why the store can no longer be relied on: a failed commit, or a
// file that was taken away or replaced. A program ends then, rather than keep
// what nobody will find.
func (s *Bolt) Lost() error {
	if s.broken.Load() {
		return ErrBroken
	}
	there, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("ledger is gone: %w", err)
	}
	if !os.SameFile(there, s.file) {
		return errors.New("ledger was replaced by another file")
	}
	return nil
}
