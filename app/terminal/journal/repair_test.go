package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// bigger makes a closed journal of 60 sales with a checkpoint in the middle.
func bigger(t testing.TB) (store, copied []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	fillQuickly(t, j, 1, 30)
	mark(t, j)
	fillQuickly(t, j, 31, 60)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied, err = os.ReadFile(name(path).copy)
	if err != nil {
		t.Fatal(err)
	}
	return store, copied
}

// breakages are what a bad disk does to a file of pages of 4 KiB.
func breakages(b []byte) map[string][]byte {
	page := os.Getpagesize()
	out := map[string][]byte{
		"half is gone":      bytes.Clone(b[:len(b)/2]),
		"a few bytes left":  bytes.Clone(b[:100]),
		"a letter":          bytes.Repeat([]byte("Dear Sir, "), len(b)/10),
		"both meta pages":   slices.Concat(make([]byte, 2*page), b[2*page:]),
		"wrong magic":       bytes.ReplaceAll(bytes.Clone(b), []byte{0xed, 0xda, 0x0c, 0xed}, []byte{1, 2, 3, 4}),
		"all but the metas": slices.Concat(b[:2*page], make([]byte, len(b)-2*page)),
		"pages of noise":    slices.Concat(b[:2*page], bytes.Repeat([]byte{0xa5, 0xff, 0x13}, (len(b)-2*page)/3+1)[:len(b)-2*page]),
	}
	return out
}

// Guarantees 3 and 6: a journal broken in any of these ways is set aside and made
// again from the copy; nothing that was answered is missing, numbers go on.
func TestBrokenJournalRebuilt(t *testing.T) {
	store, copied := bigger(t)
	broken := breakages(store)
	broken["missing"] = nil
	for name, content := range broken {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			if content != nil {
				write(t, path, content)
			}
			write(t, filepath.Join(dir, "journal.log"), copied)
			j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
			expect(t, j, FoundRebuilt)
			if n, _, err := j.Verify(t.Context()); err != nil || n != 360 {
				t.Errorf("%d records, %v", n, err)
			}
			if n := j.NextNumber(); n != 61 {
				t.Errorf("next number is %d", n)
			}
			if left, err := j.Open(t.Context()); err != nil || len(left) != 1 || left[0].Sale != 7 {
				t.Errorf("open: %v, %v", left, err)
			}
			if c, held := j.LastCheckpoint(); !held || c.Sequence != 180 {
				t.Errorf("checkpoint %+v", c)
			}
			aside, _ := filepath.Glob(filepath.Join(dir, "journal.broken-*"))
			if content == nil && len(aside) > 0 || content != nil && len(aside) != 1 {
				t.Fatalf("set aside: %v", aside)
			}
			if content != nil {
				if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, content) {
					t.Error("what was set aside is not what was there")
				}
			}
			add(t, j, 61, sale.EventKeyed, sale.EventEnded)
			j.Close()
			j = openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
			if err := j.WaitVerified(t.Context()); err != nil {
				t.Error(err)
			}
			expect(t, j)
		})
	}
}

// Guarantee 6: each page of the file zeroed in turn. Whether it is found at
// opening, while selling or in the background, nothing crashes, and by the opening
// after next everything is there again.
func TestEachPageZeroed(t *testing.T) {
	store, copied := bigger(t)
	page := os.Getpagesize()
	used := 0
	for at := 0; at < len(store); at += page {
		if bytes.Equal(store[at:at+page], make([]byte, page)) {
			continue
		}
		if used++; underRace && used%4 != 0 {
			continue
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "journal.db")
		write(t, path, slices.Concat(store[:at], make([]byte, page), store[at+page:]))
		write(t, filepath.Join(dir, "journal.log"), copied)
		kept := uint64(360)
		for round := range 2 {
			j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
			if err := j.Append(t.Context(), sale.Entry{Sale: j.NextNumber(), Event: sale.EventEnded, At: morning}); err == nil {
				kept++
			} else if !errors.Is(err, ErrStopped) || round > 0 {
				t.Errorf("page %d: %v", at/page, err)
			}
			if err := j.WaitVerified(t.Context()); err != nil && (round > 0 || !isDamage(err)) {
				t.Errorf("page %d: %v", at/page, err)
			}
			if err := j.Close(); err != nil && round > 0 {
				t.Errorf("page %d: %v", at/page, err)
			}
		}
		j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
		// One more where Append was stopped between the files.
		if n, _, err := j.Verify(t.Context()); err != nil || n < kept || n > kept+1 {
			t.Errorf("page %d: %d records, want %d, %v", at/page, n, kept, err)
		}
		if left, err := j.Open(t.Context()); err != nil || len(left) != 1 {
			t.Errorf("page %d: %d open, %v", at/page, len(left), err)
		}
		j.Close()
	}
	if used < 10 {
		t.Errorf("only %d pages tried", used)
	}
}

// Guarantee 6: with both broken, or both gone from where a journal was, nothing is
// opened, changed or begun.
func TestBothBroken(t *testing.T) {
	store, copied := bigger(t)
	middle := bytes.Clone(copied)
	middle[len(middle)/2] ^= 1
	another := bytes.Clone(copied) // the chain holds, but leads elsewhere
	tests := map[string]struct{ store, copied []byte }{
		"journal gone, copy broken":      {nil, middle},
		"both broken":                    {store[:len(store)/2], middle},
		"journal broken, copy gone":      {store[:len(store)/2], nil},
		"both gone, the reserve left":    {nil, nil},
		"journal gone, copy before mark": {nil, beforeMark(t, another)},
		"journal gone, a letter":         {nil, []byte("Dear Sir, ")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			write(t, filepath.Join(dir, "journal.reserve"), make([]byte, 10))
			if test.store != nil {
				write(t, path, test.store)
			}
			if test.copied != nil {
				write(t, filepath.Join(dir, "journal.log"), test.copied)
			}
			_, err := Open(t.Context(), path, Options{Verify: testVerify, Reserve: 4096})
			var hinted *Error
			if !errors.Is(err, ErrLost) || !errors.As(err, &hinted) || hinted.Hint() == "" {
				t.Fatalf("have %v", err)
			}
			for name, was := range map[string][]byte{"journal.db": test.store, "journal.log": test.copied} {
				now, err := os.ReadFile(filepath.Join(dir, name))
				if was == nil && !errors.Is(err, os.ErrNotExist) || was != nil && !bytes.Equal(now, was) {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

// beforeMark changes a record before the copy's checkpoint, and chains and
// checksums what follows anew.
func beforeMark(t testing.TB, copied []byte) []byte {
	t.Helper()
	out := thisEdition().header().title()
	var c chain
	frames := readFrames(bytes.NewReader(copied), titleSize, int64(len(copied)))
	for {
		f, err := frames.next()
		if err != nil {
			return out
		}
		if f.kind == kindEntry {
			text := f.content[len(Hash{}):]
			if f.sequence == 100 {
				text = []byte(strings.Replace(string(text), "7800", "1", 1))
			}
			f.content = append(bytes.Clone(c.head[:]), text...)
			if _, err := c.follow(f.sequence, f.content); err != nil {
				t.Fatal(err)
			}
		}
		out = appendFrame(out, f)
	}
}

// Guarantees 6 and 8: a journal on which bbolt panics while it writes stops, says
// so, and is made again at the next opening.
func TestPanicWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	add(t, j, 1, whole...)
	mark(t, j)
	j.writing.Lock()
	err := j.both(nil, func() {}, func(*bbolt.Tx) error { panic("page 7: invalid page type") })
	j.writing.Unlock()
	if !errors.Is(err, ErrStopped) || !errors.Is(err, ErrDamaged) {
		t.Errorf("have %v", err)
	}
	expect(t, j, FoundStopped)
	if err := j.Append(t.Context(), entry(2, sale.EventKeyed)); !errors.Is(err, ErrStopped) {
		t.Errorf("have %v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	for _, want := range [][]FindingKind{{FoundRebuilt}, nil} {
		j = openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
		expect(t, j, want...)
		if n, _, err := j.Verify(t.Context()); err != nil || n != 6 {
			t.Errorf("%d records, %v", n, err)
		}
		j.Close()
	}
}

func entry(n uint64, event sale.Event) sale.Entry {
	return sale.Entry{Sale: n, Event: event, At: morning, Amount: 7800, Currency: 156}
}
