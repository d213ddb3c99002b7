//go:build linux

package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/terminal/sale"

	"golang.org/x/sys/unix"
)

// limitedVariable makes the test binary a process that runs out of room: what
// runs out, and the folder of the journal.
const limitedVariable = "COUNTERSIGN_JOURNAL_LIMITED"

func limited(setting string) error {
	what, dir, _ := strings.Cut(setting, "|")
	path := filepath.Join(dir, "journal.db")
	switch what {
	case "disk":
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
			return fmt.Errorf("%w: %w", errNoMount, err)
		}
		return fullDisk(path)
	case "journal file":
		return fileLimit(path, func(files) int64 { return 80 << 10 })
	case "copy":
		return fileLimit(path, func(f files) int64 {
			info, err := os.Stat(f.copy)
			if err != nil {
				return 0
			}
			return info.Size() + 150 // less than a record
		})
	}
	return fmt.Errorf("what is %q", what)
}

var errNoMount = errors.New("this system lets nobody mount")

// fill lets whole sales be made until the journal is full.
func fill(j *Journal, most int) (entries int, err error) {
	for range most {
		n := j.NextNumber()
		for _, event := range whole {
			if err := j.Append(context.Background(), entry(n, event)); err != nil {
				return entries, err
			}
			entries++
		}
	}
	return entries, errors.New("never full")
}

func holds(j *Journal, records int) error {
	if n, _, err := j.Verify(context.Background()); err != nil || n != uint64(records) {
		return fmt.Errorf("%d records, want %d, %w", n, records, err)
	}
	return nil
}

// fileLimit makes files end at a size: a write to them goes half and fails then.
func fileLimit(path string, limit func(files) int64) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	j, err := Open(ctx, path, Options{Reserve: 4096})
	if err != nil {
		return err
	}
	if err := j.Append(ctx, entry(j.NextNumber(), sale.EventPayment)); err != nil {
		return err
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	lower := old
	lower.Cur = uint64(limit(j.files))
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &lower); err != nil {
		return err
	}
	entries, err := fill(j, 1000)
	if !errors.Is(err, ErrFull) {
		return fmt.Errorf("after %d entries: %w", entries, err)
	}
	entries++ // the payment
	if err := holds(j, entries); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if err := j.Append(ctx, entry(1, sale.EventOutcome)); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := holds(j, entries+1); err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	if j, err = Open(ctx, path, Options{Reserve: 4096}); err != nil {
		return err
	}
	if found := j.Findings(); len(found) > 0 {
		return fmt.Errorf("found %+v", found)
	}
	return errors.Join(holds(j, entries+1), j.Close())
}

// fullDisk fills a real file system in steps.
func fullDisk(path string) error {
	ctx := context.Background()
	options := Options{Reserve: 1 << 20, Verify: testVerify}
	j, err := Open(ctx, path, options)
	if err != nil {
		return err
	}
	const open = uint64(1)
	if err := j.Append(ctx, entry(j.NextNumber(), sale.EventPayment)); err != nil {
		return err
	}
	ballast := filepath.Join(filepath.Dir(path), "ballast")
	free, err := freeSpace(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := os.WriteFile(ballast, make([]byte, free-(1<<19)), 0o600); err != nil {
		return err
	}
	// Half a reserve is free: nothing begins, what is open goes on.
	if err := j.Append(ctx, entry(2, sale.EventKeyed)); !errors.Is(err, ErrFull) {
		return fmt.Errorf("a sale began: %w", err)
	}
	entries := 1
	if err := j.Append(ctx, entry(open, sale.EventSubmission)); err != nil {
		return fmt.Errorf("a sale did not go on: %w", err)
	}
	entries++
	// Nothing is free.
	if err := fillUp(ballast); err != nil {
		return err
	}
	for range 1000 {
		if err := j.Append(ctx, entry(open, sale.EventUnknown)); err != nil {
			return fmt.Errorf("after %d entries, with %d of the reserve left: %w", entries, j.reserve.held, err)
		}
		entries++
	}
	if list := kinds(j); len(list) != 1 || list[0] != FoundReserveUsed || !j.Findings()[0].Alert {
		return fmt.Errorf("found %v", list)
	}
	if err := j.Append(ctx, entry(2, sale.EventKeyed)); !errors.Is(err, ErrFull) {
		return fmt.Errorf("a sale began: %w", err)
	}
	// The reserve is used up too, or others have taken what was given up.
	for err = error(nil); err == nil; {
		if err := fillUp(ballast); err != nil {
			return err
		}
		for n := 0; n < 1000 && err == nil; n++ {
			if err = j.Append(ctx, entry(open, sale.EventReversal)); err == nil {
				entries++
			}
		}
	}
	var hinted *Error
	if !errors.Is(err, ErrFull) || !errors.As(err, &hinted) || hinted.Hint() == "" {
		return fmt.Errorf("after %d entries: %w", entries, err)
	}
	if err := holds(j, entries); err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	// It opens on the full disk, and says so.
	if j, err = Open(ctx, path, options); err != nil {
		return err
	}
	if list := kinds(j); len(list) != 1 || list[0] != FoundReserveUsed {
		return fmt.Errorf("found %v", list)
	}
	if err := holds(j, entries); err != nil {
		return err
	}
	if err := j.Append(ctx, entry(2, sale.EventKeyed)); !errors.Is(err, ErrFull) {
		return fmt.Errorf("a sale began: %w", err)
	}
	// Somebody removes files: the open sale ends, another begins, the reserve is back.
	if err := os.Remove(ballast); err != nil {
		return err
	}
	for _, e := range []sale.Entry{entry(open, sale.EventEnded), entry(j.NextNumber(), sale.EventKeyed)} {
		if err := j.Append(ctx, e); err != nil {
			return fmt.Errorf("with room again: %w", err)
		}
		entries++
	}
	if j.reserve.held != j.reserve.size {
		return fmt.Errorf("reserve is %d of %d", j.reserve.held, j.reserve.size)
	}
	return errors.Join(holds(j, entries), j.Close())
}

// fillUp appends to a file until nothing more goes.
func fillUp(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	return f.Close()
}

// Guarantee 7: when room runs out in the middle of a write, of either file or of
// the disk, nothing that was answered is lost, nothing else stays, and the journal
// goes on when there is room again. The disk is a small one of the test's own, which
// wants a system that lets users mount in a name space of their own; elsewhere the
// limits on the files show the same paths.
func TestNoRoom(t *testing.T) {
	for _, what := range []string{"journal file", "copy", "disk"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), limitedVariable+"="+what+"|"+t.TempDir())
			if what == "disk" {
				command.SysProcAttr = &syscall.SysProcAttr{
					Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
					UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
				}
			}
			out, err := command.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case what == "disk" && (strings.Contains(string(out), errNoMount.Error()) || err != nil && !errors.As(err, &exit)):
				t.Logf("not tried on a disk: %v %s", err, out)
			case err != nil:
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// Guarantee 7: free space is measured before each sale, and only then.
func TestFreeSpaceMeasured(t *testing.T) {
	free, asked := uint64(1<<30), 0
	j := openWith(t, filepath.Join(t.TempDir(), "journal.db"), Options{Reserve: 4096, free: func(string) (uint64, error) {
		asked++
		return free, nil
	}})
	add(t, j, 1, whole...)
	free = 4095
	if err := j.Append(t.Context(), entry(2, sale.EventKeyed)); !errors.Is(err, ErrFull) || !errors.Is(err, sale.ErrFull) {
		t.Errorf("have %v", err)
	}
	add(t, j, 1, sale.EventUnknown)
	free = 4096
	add(t, j, 2, sale.EventKeyed)
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
	if n, _, err := j.Verify(t.Context()); err != nil || n != 8 {
		t.Errorf("%d records, %v", n, err)
	}
}
