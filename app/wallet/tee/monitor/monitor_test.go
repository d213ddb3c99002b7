package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func clock() func() time.Time {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Millisecond); return now }
}

// written writes a record with as many messages.
func written(t *testing.T, path string, limits Limits, lines int) {
	t.Helper()
	l, err := Open(path, limits, clock())
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		e := Entry{What: WhatMessage, From: "client", Kind: "invoke", ID: uint64(i + 1), Session: 1, Number: 16, Length: 500, SHA256: strings.Repeat("ab", 32)}
		if err := l.Record(e); err != nil {
			t.Fatal(err)
		}
	}
	chain := l.Chain()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Record(Entry{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a line after the end: %v", err)
	}
	if s, err := Read(path, nil); err != nil || s.Chain != chain {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	written(t, path, Limits{}, 3)
	written(t, path, Limits{}, 4)
	var all []Entry
	s, err := Read(path, func(e Entry) error { all = append(all, e); return nil })
	if err != nil || s.Lines != 8 || s.Files != 1 || s.Torn {
		t.Errorf("%+v, %v", s, err)
	}
	for i, e := range all {
		if e.N != uint64(i+1) || (e.What == WhatBegin) != (i == 0) {
			t.Errorf("line %d: %+v", i, e)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := Read(path+"-not-there", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no record: %v", err)
	}
}

func TestTurnsOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	limits := Limits{Bytes: 64 << 10, Files: 3}
	written(t, path, limits, 1500)
	s, err := Read(path, nil)
	if err != nil || s.Files != 3 || s.First == 1 || s.Last != s.First+s.Lines-1 || s.Last < 1500 {
		t.Errorf("%+v, %v", s, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Size() > limits.Bytes {
			t.Errorf("%s has %d bytes, %v", e.Name(), info.Size(), err)
		}
	}
	// The machine stops after the file was moved and before the next began.
	for n := 2; n > 0; n-- {
		if err := os.Rename(turned(path, n), turned(path, n+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(path, turned(path, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, nil); err != nil {
		t.Errorf("between two files: %v", err)
	}
	written(t, path, limits, 1)
	if again, err := Read(path, nil); err != nil || again.Last != s.Last+2 {
		t.Errorf("after that: %+v, %v", again, err)
	}
}

// TestEveryChangeIsFound changes, drops, doubles and swaps lines, one at a time.
func TestEveryChangeIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	written(t, path, Limits{}, 12)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1]
	changed := map[string][]byte{}
	for i := range lines {
		rest := append([][]byte{}, lines[i+1:]...)
		put := func(name string, middle ...[]byte) {
			changed[fmt.Sprintf("line %d %s", i+1, name)] = bytes.Join(append(append(append([][]byte{}, lines[:i]...), middle...), rest...), nil)
		}
		if i < len(lines)-1 {
			put("left out")
		}
		put("twice", lines[i], lines[i])
		put("longer", append([]byte(" "), lines[i]...))
		if i > 0 {
			put("of another", lines[i-1])
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1
		changed[fmt.Sprintf("byte %d", i)] = b
	}
	for name, b := range changed {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		broken := new(BrokenError)
		s, err := Read(path, nil)
		if !errors.As(err, &broken) && !s.Torn {
			t.Errorf("%s: not found: %+v, %v", name, s, err)
		}
	}
}

// TestTornAnywhere cuts the file off at every byte: what is whole holds, and the
// record goes on.
func TestTornAnywhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	written(t, path, Limits{}, 2)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		torn := filepath.Join(dir, fmt.Sprintf("torn-%d", n))
		if err := os.WriteFile(torn, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Read(torn, nil)
		if atEnd := n == 0 || whole[n-1] == '\n'; err != nil || s.Torn == atEnd {
			t.Errorf("%d bytes: %+v, %v", n, s, err)
		}
		written(t, torn, Limits{}, 1)
		if after, err := Read(torn, nil); err != nil || after.Torn || after.Lines == 0 {
			t.Errorf("%d bytes, gone on: %+v, %v", n, after, err)
		}
	}
}

func TestAChangedRecordIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	written(t, path, Limits{}, 5)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(whole, []byte(`"number":16`), []byte(`"number":17`), 1)
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	written(t, path, Limits{}, 1)
	var first Entry
	s, err := Read(path, func(e Entry) error {
		if e.N == 1 {
			first = e
		}
		return nil
	})
	if err != nil || s.First != 1 || !strings.Contains(first.Note, "line 2") {
		t.Errorf("%+v, %v, %+v", s, err, first)
	}
	if kept, err := os.ReadFile(path + ".broken-1"); err != nil || !bytes.Equal(kept, changed) {
		t.Errorf("the evidence is gone: %v", err)
	}
}

func TestNotesAreWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := Open(path, Limits{}, clock())
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []string{"it said \"no\"\n\\", "支付\u2028", strings.Repeat("长", 2000), "\xff<>&"} {
		if err := l.Record(Entry{What: WhatEnded, Note: note}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(path, nil); err != nil || s.Lines != 5 {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzLine(f *testing.F) {
	var c chain
	for _, e := range []Entry{{N: 1, What: WhatBegin, Before: strings.Repeat("0", 64)}, {N: 2, What: WhatMessage, From: "client", Kind: "invoke", Length: 3, Note: "a\tb"}} {
		body := appendBody(nil, &e)
		f.Add(fmt.Appendf(body, `,"chain":"%x"}`, c.next(body)))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, body, c, err := parse(line)
		if err != nil {
			return
		}
		again := fmt.Appendf(appendBody(nil, &e), `,"chain":"%x"}`, c)
		if !bytes.Equal(again, line) || !bytes.HasPrefix(line, body) {
			t.Fatalf("%q is written as %q", line, again)
		}
	})
}
