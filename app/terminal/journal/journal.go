package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/terminal/sale"
)

// Options of a journal. The zero value is of use: everything is verified before
// opening, then.
type Options struct {
	// Verify checks the signature of a checkpoint and returns what was signed. nil
	// means that checkpoints are neither kept nor trusted.
	Verify func(signed []byte) (sequence uint64, head Hash, err error)
	// Found is called with each finding as it is made, also during Open and from
	// another goroutine. It must not call the journal.
	Found func(Finding)
	// Reserve is how much room is held on the disk for sales that have begun, in
	// bytes; 0 means 8 MiB, which is some thousand entries.
	Reserve int64
	// Begins says whether an entry begins something new, and so may be refused with
	// ErrFull while there is still room to finish what is open. nil: a sale keyed, a
	// refund asked for.
	Begins func(sale.Entry) bool
	// FailPoint is called at each of FailPoints. It is for tests that end the
	// process there.
	FailPoint func(name string)
	// Now is the clock, for findings and the names of files set aside; nil: time.Now.
	Now func() time.Time

	// edition is what this program can do.
	edition edition
	// free measures a disk's room.
	free func(directory string) (uint64, error)
}

func (o Options) withDefaults() Options {
	if o.Reserve == 0 {
		o.Reserve = 8 << 20
	}
	if o.Begins == nil {
		o.Begins = func(e sale.Entry) bool { return e.Event == sale.EventKeyed || e.Event == sale.EventRefundAsked }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.edition.format == 0 {
		o.edition = thisEdition()
	}
	if o.free == nil {
		o.free = freeSpace
	}
	return o
}

// files are the names of a journal's files.
type files struct {
	store, copy, lock, reserve, suspect, broken, brokenCopy string
}

// name derives the names from the bbolt file's: journal.db → journal.log …
func name(path string) files {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	return files{
		store: path, copy: base + ".log", lock: base + ".lock", reserve: base + ".reserve",
		suspect: base + ".suspect", broken: base + ".broken", brokenCopy: base + ".log.broken",
	}
}

// Journal is an open journal. It is safe for concurrent use.
type Journal struct {
	options Options
	files   files
	lock    *os.File
	// decode reads an entry. migrates is the format that the files were in, where they
	// must be brought forward, or 0.
	decode   func(text []byte) (sale.Entry, error)
	migrates int

	numbers sync.Mutex
	number  uint64

	queue   sync.Mutex
	waiting []*pending

	// writing is held by whoever writes; it guards what follows.
	writing    sync.Mutex
	store      *store
	copy       *copyFile
	reserve    *reserve
	end        chain
	header     header
	checkpoint located
	failed     error

	// appended is end.sequence, for whoever does not want to wait for a write.
	appended atomic.Uint64
	watching sync.Mutex
	watchers []chan struct{}
	index    atomic.Pointer[Index]

	finding  sync.Mutex
	findings []Finding

	stop     context.CancelFunc
	verified chan struct{}
	verdict  error
}

// Open opens the journal in a file, or begins one. Records since the last
// checkpoint are verified before it returns, older ones in the background (see
// WaitVerified); without a genuine checkpoint all of them before. What was torn by
// a crash is dropped or completed, a broken file is set aside and made from the
// other copy; Findings tells. A journal of an older format is brought forward, with
// a backup beside it.
//
// ErrInUse: another process has it open. ErrLost: neither file can be used. ErrNewer:
// a newer program wrote it in a way that this one cannot read.
func Open(ctx context.Context, path string, options Options) (*Journal, error) {
	j := &Journal{options: options.withDefaults(), files: name(path), verified: make(chan struct{})}
	if err := j.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), j.release())
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	j.stop = stop
	go j.verifyBehind(background)
	return j, nil
}

// Close ends the verification in the background and closes the files, after
// whatever is being written.
func (j *Journal) Close() error {
	j.stop()
	<-j.verified
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.failed == nil {
		j.failed = fmt.Errorf("journal is %w", os.ErrClosed)
	}
	return j.release()
}

// release closes what is open.
func (j *Journal) release() error {
	var errs []error
	if j.store != nil {
		errs = append(errs, j.store.close())
	}
	if j.copy != nil {
		errs = append(errs, j.copy.f.Close())
	}
	if j.lock != nil {
		errs = append(errs, j.lock.Close())
	}
	return errors.Join(errs...)
}

// NextNumber returns the number for the next sale: 1, 2, 3 … It becomes durable
// with the sale's first entry; a number whose sale never reached the journal is
// given again after a restart.
func (j *Journal) NextNumber() uint64 {
	j.numbers.Lock()
	defer j.numbers.Unlock()
	j.number++
	return j.number
}

// LastNumber returns the last number that was given, 0 before the first.
func (j *Journal) LastNumber() uint64 {
	j.numbers.Lock()
	defer j.numbers.Unlock()
	return j.number
}
