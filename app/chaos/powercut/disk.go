package powercut

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// ErrUnavailable says that this machine cannot mount a file system of ours.
var ErrUnavailable = errors.New("no FUSE file system can be mounted here")

// ErrInUse says that a process still uses the file system.
var ErrInUse = errors.New("a process still uses the file system")

// unavailable is ErrUnavailable with what a person can do about it.
type unavailable struct{ cause error }

func (u *unavailable) Error() string { return fmt.Sprintf("%v: %v", ErrUnavailable, u.cause) }
func (u *unavailable) Unwrap() []error {
	return []error{ErrUnavailable, u.cause}
}

// Hint says what a person can do.
func (u *unavailable) Hint() string {
	return "Power cuts need /dev/fuse (modprobe fuse; in a container: --device /dev/fuse --cap-add SYS_ADMIN), and root or Debian's package fuse3."
}

// Options are how a Disk behaves.
type Options struct {
	// Lax lets fsync of a file commit the names of all files, as ext4 does.
	Lax bool
	// Deaf ignores every sync: what a store is that has lost its fsync. It is for
	// tests of whoever must notice.
	Deaf bool
}

// power is whether calls are carried out.
type power int

const (
	on    power = iota
	cut         // calls stand still
	after       // calls fail: their processes have been killed
)

// Disk is a mounted file system that can lose power. Its methods are safe for
// concurrent use, but Cut, Release and Restore belong to one goroutine.
type Disk struct {
	options Options
	backing string // the directory that holds everything
	live    string // the files as they are now
	removed string // what was removed or replaced and may come back
	point   string // where it is mounted
	server  *fuse.Server

	mu     sync.Mutex
	turned sync.Cond // the power changed
	power  power
	files  map[uint64]*contents // by inode: what was written and not synced
	names  []change             // what happened to names and is not committed, in order
	serial int                  // of names in removed
	synced int                  // how often anything was synced
}

// Mount mounts a Disk at point, an existing empty directory. What is kept lies in
// backing, which is made if it is missing, on a file system with room for it.
// What is there already counts as synced.
func Mount(backing, point string, o Options) (*Disk, error) {
	d := &Disk{options: o, backing: backing, live: filepath.Join(backing, "live"), removed: filepath.Join(backing, "removed"), point: point}
	d.turned.L = &d.mu
	for _, dir := range []string{d.live, d.removed} {
		// Whoever runs the store must be able to reach it.
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("mount power-cut disk: %w", err)
		}
	}
	if err := d.mount(); err != nil {
		return nil, err
	}
	return d, nil
}

// Point is where the disk is mounted.
func (d *Disk) Point() string { return d.point }

func (d *Disk) mount() error {
	d.files, d.names, d.power = map[uint64]*contents{}, nil, on
	plain, err := fs.NewLoopbackRoot(d.live)
	if err != nil {
		return fmt.Errorf("mount power-cut disk: %w", err)
	}
	first := d.wrap(plain)
	// Only the kernel changes the files while it is mounted, so it may remember.
	long := time.Hour
	server, err := fs.Mount(d.point, first, &fs.Options{
		EntryTimeout: &long, AttrTimeout: &long,
		MountOptions: fuse.MountOptions{
			AllowOther: true, DirectMount: true, DirectMountStrict: os.Geteuid() == 0, FsName: "powercut", Name: "powercut", Options: []string{"default_permissions"},
			ExplicitDataCacheControl: true, DisableXAttrs: true, MaxWrite: 1 << 20, Logger: log.New(io.Discard, "", 0),
		},
	})
	if err != nil {
		return &unavailable{err}
	}
	d.server = server
	return keepToOurselves()
}

// keepToOurselves closes the ways to the kernel that a mount opens in every
// program that is started from here: the library leaves them open, and as long
// as one is, the kernel waits for answers of a file system whose process was
// killed, and whoever called it waits for ever.
func keepToOurselves() error {
	const list = "/proc/self/fd"
	open, err := os.ReadDir(list)
	if err != nil {
		return fmt.Errorf("mount power-cut disk: %w", err)
	}
	for _, entry := range open {
		if to, err := os.Readlink(filepath.Join(list, entry.Name())); err != nil || to != "/dev/fuse" {
			continue
		}
		if fd, err := strconv.Atoi(entry.Name()); err == nil {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// unmountAgain is how long unmount waits before it asks the kernel again, which tells
// nobody when it has closed what killed processes had open.
const unmountAgain = 10 * time.Millisecond

// unmount waits for the kernel to have closed what killed processes had open.
func (d *Disk) unmount(ctx context.Context) error {
	for {
		err := d.server.Unmount()
		if err == nil {
			d.server.Wait()
			return nil
		}
		timer := time.NewTimer(unmountAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("unmount %s: %w: %w: %q", d.point, ErrInUse, err, holders(d.point))
		}
	}
}

// Close takes the file system away; what it held stays in backing. No process may
// use it any more.
func (d *Disk) Close(ctx context.Context) error {
	err := d.unmount(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commitEverything()
	return err
}

// Cut takes the power away. Calls under way end first, all others stand still.
func (d *Disk) Cut() { d.turn(cut) }

// Release ends the calls that stand still, and all that follow, with EIO. Every
// process that uses the disk must have been sent SIGKILL before: a process with
// a fatal signal pending does not return from a call.
func (d *Disk) Release() { d.turn(after) }

func (d *Disk) turn(p power) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.power = p
	d.turned.Broadcast()
}

// Loss says what a cut took.
type Loss struct {
	// Files had something unsynced, in Sectors sectors of 512 bytes, of which
	// Survived reached the disk all the same.
	Files, Sectors, Survived int
	// Names changed without being committed; Undone were taken back.
	Names, Undone int
}

// Add sums losses.
func (l *Loss) Add(m Loss) {
	l.Files += m.Files
	l.Sectors += m.Sectors
	l.Survived += m.Survived
	l.Names += m.Names
	l.Undone += m.Undone
}

// Restore brings the power back: it takes away what was not synced and mounts
// again. What survives is drawn from random; with nil everything unsynced is
// lost. Before it come Cut, Release, and the end of every process that used the
// disk; ErrInUse when one is still there after ctx ended.
func (d *Disk) Restore(ctx context.Context, random *rand.Rand) (Loss, error) {
	if err := d.unmount(ctx); err != nil {
		return Loss{}, err
	}
	d.mu.Lock()
	loss, err := d.lose(random)
	d.mu.Unlock()
	if err != nil {
		return loss, fmt.Errorf("take back what was not synced: %w", err)
	}
	return loss, d.mount()
}

func (d *Disk) lose(random *rand.Rand) (Loss, error) {
	var loss Loss
	var failed error
	for _, c := range d.inOrder() {
		if len(c.before) == 0 && c.size == c.durable {
			continue
		}
		loss.Files++
		survived, err := c.lose(random)
		loss.Sectors += len(c.before)
		loss.Survived += survived
		failed = errors.Join(failed, err)
	}
	loss.Names = len(d.names)
	kept := 0
	if random != nil {
		kept = random.IntN(len(d.names) + 1)
	}
	for n := len(d.names) - 1; n >= kept; n-- {
		failed = errors.Join(failed, d.names[n].undo())
		loss.Undone++
	}
	d.names = d.names[:kept]
	d.commitEverything()
	return loss, failed
}

// Sync puts everything on the disk, as if every file had been synced.
func (d *Disk) Sync() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commitEverything()
}

func (d *Disk) commitEverything() {
	for _, c := range d.files {
		c.commit()
		c.close()
	}
	d.files = map[uint64]*contents{}
	d.commitNames(len(d.names))
}

// Synced says how often anything was synced since the disk was made.
func (d *Disk) Synced() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.synced
}

// enter waits for power. When it returns 0 the caller holds d.mu.
func (d *Disk) enter() syscall.Errno {
	d.mu.Lock()
	for d.power == cut {
		d.turned.Wait()
	}
	if d.power == after {
		d.mu.Unlock()
		return syscall.EIO
	}
	return 0
}
