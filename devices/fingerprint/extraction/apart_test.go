//go:build linux && cgo

package extraction

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// apart returns an extractor whose children run program.
func apart(t testing.TB, program string) *Apart {
	t.Helper()
	a := NewApart(program)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// script returns a program of one line.
func script(t *testing.T, line string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "child")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+line+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

// waitGone waits for a process to end.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for end := time.Now().Add(20 * time.Second); ; {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Until(end).Milliseconds()))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			t.Fatalf("process %d is still there: %v", pid, err)
		}
		return
	}
}

func TestApartFindsWhatLibfprintDoes(t *testing.T) {
	a := apart(t, "")
	var wg sync.WaitGroup
	for _, name := range []string{"101_1", "102_1", "103_1"} {
		g := madeUp(t, name, 192, 192)
		want := extract(t, g, 500)
		wg.Go(func() {
			before := bytes.Clone(g.Pix)
			for range 2 {
				got, err := a.Extract(context.Background(), g, 500)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: %d minutiae, %v; want %d", name, len(got), err, len(want))
				}
			}
			if !bytes.Equal(before, g.Pix) {
				t.Errorf("%s: the picture was changed", name)
			}
		})
	}
	wg.Wait()
}

// Each picture has a process of its own, which ends with it.
func TestEachPictureHasAChildOfItsOwn(t *testing.T) {
	a := apart(t, "")
	g := madeUp(t, "104_1", 192, 192)
	seen := map[int]bool{}
	for range 3 {
		c, _, err := a.take()
		if err != nil {
			t.Fatal(err)
		}
		pid := c.process.Pid
		if seen[pid] {
			t.Errorf("process %d has served before", pid)
		}
		seen[pid] = true
		if found, err := a.ask(context.Background(), c, g); err != nil || len(found) == 0 {
			t.Errorf("%d minutiae, %v", len(found), err)
		}
		waitGone(t, pid)
	}
}

func TestAChildThatDiedWaitingIsReplaced(t *testing.T) {
	a := apart(t, "")
	c, _, err := a.take()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, c.process.Pid)
	a.mu.Lock()
	old := a.spare
	a.spare = c
	a.mu.Unlock()
	if old != nil {
		old.kill()
	}
	if found, err := a.Extract(context.Background(), madeUp(t, "105_1", 192, 192), 500); err != nil || len(found) == 0 {
		t.Errorf("%d minutiae, %v", len(found), err)
	}
}

func TestClose(t *testing.T) {
	a := NewApart("")
	c, err := a.start()
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	if a.spare != nil {
		a.spare.kill()
	}
	a.spare = c
	a.mu.Unlock()
	for range 2 {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	waitGone(t, c.process.Pid)
	if _, err := a.Extract(context.Background(), madeUp(t, "101_1", 192, 192), 500); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

// A child that misbehaves is an error, and soon.
func TestChildrenThatMisbehave(t *testing.T) {
	g := madeUp(t, "101_1", 192, 192)
	for name, line := range map[string]string{
		"none": "exit 3", "mute": "cat >/dev/null", "garbled": "cat >/dev/null; echo fingers",
		"endless": "exec cat /dev/zero", "refusing": `cat >/dev/null; printf '\001\004\000glum'`,
		"too many": `cat >/dev/null; printf '\000\377\377abcd'`, "reserved": `cat >/dev/null; printf '\000\001\000abc\100'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			// The child sees no end of its input while its parent waits: it reads as
			// much as a picture is.
			line := strings.ReplaceAll(line, "cat >", fmt.Sprintf("head -c %d >", pictureHeader+192*192))
			a := apart(t, script(t, line))
			if found, err := a.Extract(context.Background(), g, 500); !errors.Is(err, ErrExtraction) || len(found) != 0 {
				t.Errorf("%v, %v", found, err)
			} else if name == "refusing" && !strings.Contains(err.Error(), "glum") {
				t.Errorf("%v does not tell the child's reason", err)
			}
		})
	}
	a := apart(t, filepath.Join(t.TempDir(), "missing"))
	if _, err := a.Extract(context.Background(), g, 500); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestAChildThatHangsEndsWithTheContextAndWithClose(t *testing.T) {
	g := madeUp(t, "101_1", 192, 192)
	hangs := script(t, "exec sleep 600")
	a := apart(t, hangs)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Extract(ctx, g, 500); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrExtraction) {
		t.Error(err)
	}
	b := NewApart(hangs)
	ended := make(chan error)
	go func() {
		_, err := b.Extract(context.Background(), g, 500)
		ended <- err
	}()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

func TestApartRefuses(t *testing.T) {
	a := apart(t, "")
	if _, err := a.Extract(context.Background(), image.NewGray(image.Rect(0, 0, 10, 10)), 500); !errors.Is(err, ErrPicture) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := a.Extract(ended, madeUp(t, "101_1", 192, 192), 500); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A child is gone when its parent is, however that ended.
func TestAChildDiesWithItsParent(t *testing.T) {
	parent := exec.Command("/proc/self/exe", asParent)
	in, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, err = fmt.Fscan(out, &pid)
	if kill := parent.Process.Kill(); kill != nil {
		t.Error(kill)
	}
	_ = parent.Wait() // it was killed
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
}

// What a child reads cannot be dumped, looked into by another process or written.
func TestAChildIsSealed(t *testing.T) {
	out, err := exec.Command("/proc/self/exe", asSealed).Output()
	if got, want := strings.TrimSpace(string(out)), "0 {0 0} {0 0} {10 10}"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestChildIsForItsParentOnly(t *testing.T) {
	for _, args := range [][]string{nil, {"terminal"}, {"terminal", "run"}, {"terminal", childArgument, "more"}} {
		if Child(args) {
			t.Errorf("%q is taken for a child's start", args)
		}
	}
}

func BenchmarkApart(b *testing.B) {
	g := madeUp(b, "101_1", 256, 288)
	b.Run("in this process", func(b *testing.B) {
		for b.Loop() {
			extract(b, g, 500)
		}
	})
	for name, ready := range map[string]bool{"child ready": true, "child started first": false} {
		b.Run(name, func(b *testing.B) {
			a := apart(b, "")
			for b.Loop() {
				b.StopTimer() // a shop's next finger is seconds away
				c, _, err := a.take()
				if err != nil {
					b.Fatal(err)
				}
				if ready {
					waitReading(b, c)
				} else {
					c.kill()
				}
				b.StartTimer()
				if !ready {
					if c, err = a.start(); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := a.ask(context.Background(), c, g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// waitReading waits until a child waits for its picture.
func waitReading(b *testing.B, c *child) {
	b.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		wchan, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", c.process.Pid))
		if err != nil {
			return // sealed: it may not be looked into any more
		}
		if strings.HasPrefix(string(wchan), "0 0x0 ") {
			return
		}
	}
	b.Fatal("the child does not wait for a picture")
}
