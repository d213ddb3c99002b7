package sharedmemory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee"
)

// region makes a region as the hardware environment does.
func region(t *testing.T, size int) (*os.File, *Writer, *Reader) {
	t.Helper()
	file, err := Create("test", size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	w, err := MapWriter(file, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if err := Seal(file); err != nil {
		t.Fatal(err)
	}
	r, err := MapReader(file, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return file, w, r
}

// TestTheKernelHoldsTheGuarantees: whoever has the file, or opens it anew, can
// neither change its length nor write into it.
func TestTheKernelHoldsTheGuarantees(t *testing.T) {
	file, w, r := region(t, tee.MinRegion)
	anew, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer anew.Close()
	for name, f := range map[string]*os.File{"the file": file, "opened anew": anew} {
		if err := f.Truncate(0); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s can be shortened: %v", name, err)
		}
		if err := f.Truncate(2 * tee.MinRegion); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s can be lengthened: %v", name, err)
		}
		if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s can be written: %v", name, err)
		}
		if _, err := unix.Mmap(int(f.Fd()), 0, tee.MinRegion, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s can be mapped for writing: %v", name, err)
		}
		if err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, 4096); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s can be punched: %v", name, err)
		}
	}
	offset, err := w.Put(t.Context(), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Copy(offset, 5); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := w.Release(offset); err != nil {
		t.Error(err)
	}
	if got, err := r.Copy(offset, 5); err != nil || !bytes.Equal(got, make([]byte, 5)) {
		t.Errorf("what was released is still there: %q, %v", got, err)
	}
}

func TestUnsealedIsRefused(t *testing.T) {
	fd, err := unix.MemfdCreate("open", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "open")
	defer file.Close()
	if err := file.Truncate(tee.MinRegion); err != nil {
		t.Fatal(err)
	}
	if _, err := MapReader(file, tee.MinRegion); err == nil {
		t.Error("memory that its maker can take away under its reader was mapped")
	}
	if _, err := MapWriter(file, tee.MinRegion); err == nil {
		t.Error("the same for writing")
	}
	sealed, _, _ := region(t, tee.MinRegion)
	if _, err := MapReader(sealed, 2*tee.MinRegion); err == nil {
		t.Error("a region was mapped as longer than it is")
	}
	for _, size := range []int{0, -1, tee.MinRegion - 64, tee.MinRegion + 1, tee.MaxRegion + 64} {
		if _, err := Create("test", size); err == nil {
			t.Errorf("a region of %d bytes", size)
		}
	}
}

func TestReferencesOutside(t *testing.T) {
	_, _, r := region(t, tee.MinRegion)
	for _, ref := range []struct{ offset, length uint32 }{
		{tee.MinRegion, 1}, {tee.MinRegion - 1, 2}, {0, tee.MinRegion + 1}, {math.MaxUint32, 1}, {math.MaxUint32, math.MaxUint32},
		{64, math.MaxUint32 - 63}, {0, math.MaxUint32},
	} {
		if got, err := r.Copy(ref.offset, ref.length); !errors.Is(err, ErrRange) {
			t.Errorf("%d+%d: %d bytes, %v", ref.offset, ref.length, len(got), err)
		}
		if err := r.View(ref.offset, ref.length, func([]byte) { t.Error("seen") }); !errors.Is(err, ErrRange) {
			t.Errorf("view %d+%d: %v", ref.offset, ref.length, err)
		}
	}
	if got, err := r.Copy(tee.MinRegion, 0); err != nil || len(got) != 0 {
		t.Errorf("nothing at the end: %v, %v", got, err)
	}
}

// TestNeverTheSameBytesTwice follows a long random history beside a plain map of
// who holds which line.
func TestNeverTheSameBytesTwice(t *testing.T) {
	const size = tee.MinRegion
	a := newAllocator(size)
	random := rand.New(rand.NewPCG(1, 2))
	owner := make([]int, size/tee.Align)
	type block struct {
		offset uint32
		lines  int
	}
	var held []block
	full, cancel := context.WithCancel(t.Context())
	cancel()
	for turn := 1; turn < 50_000; turn++ {
		if random.IntN(100) < 52 {
			n := random.IntN(5000)
			offset, err := a.take(full, n)
			if err != nil {
				continue // no room just now
			}
			b := block{offset, (max(n, 1) + tee.Align - 1) / tee.Align}
			for i := range b.lines {
				if line := int(offset)/tee.Align + i; owner[line] != 0 {
					t.Fatalf("turn %d: line %d was given to %d and is given again", turn, line, owner[line])
				} else {
					owner[line] = turn
				}
			}
			held = append(held, b)
		} else if len(held) > 0 {
			i := random.IntN(len(held))
			b := held[i]
			held[i] = held[len(held)-1]
			held = held[:len(held)-1]
			for i := range b.lines {
				owner[int(b.offset)/tee.Align+i] = 0
			}
			if err := a.give(b.offset); err != nil {
				t.Fatal(err)
			}
			if err := a.give(b.offset); !errors.Is(err, ErrNotHeld) {
				t.Fatalf("released twice: %v", err)
			}
		}
	}
	for _, b := range held {
		if err := a.give(b.offset); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.free) != 1 || a.free[0] != (span{0, size}) {
		t.Errorf("crumbs are left: %v", a.free)
	}
}

func TestPutWaitsForRoom(t *testing.T) {
	_, w, _ := region(t, tee.MinRegion)
	first, err := w.Put(t.Context(), make([]byte, tee.MinRegion))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := w.Put(context.Background(), make([]byte, 100))
		done <- err
	}()
	full, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Put(full, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("no room: %v", err)
	}
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	if err := w.Release(first); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := w.Put(t.Context(), make([]byte, tee.MinRegion+1)); !errors.Is(err, &tee.Error{Code: tee.CodeOutOfMemory}) {
		t.Errorf("more than the region: %v", err)
	}
}
