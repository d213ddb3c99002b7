package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// made makes a closed journal of one sale, whose last entry is lastEvent, and
// returns its path, its copy, and where each of the copy's frames begins.
func made(t testing.TB) (path string, copied []byte, starts []int64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
	add(t, j, 1, whole[:3]...)
	mark(t, j)
	add(t, j, 1, whole[3:]...)
	frames := readFrames(j.copy.f, titleSize, j.copy.end.Load())
	for {
		starts = append(starts, frames.at)
		if _, err := frames.next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(name(path).copy)
	if err != nil {
		t.Fatal(err)
	}
	return path, copied, starts
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Guarantees 1 and 8: the copy cut at every byte of its last record, as a power cut
// leaves it, with the journal in order, with the journal one record behind, and
// without a journal.
func TestCopyCutAtEveryByte(t *testing.T) {
	path, copied, starts := made(t)
	store, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := starts[len(starts)-2]
	behind := filepath.Join(t.TempDir(), "behind.db")
	write(t, behind, store)
	withoutLast(t, behind)
	shorter, err := os.ReadFile(behind)
	if err != nil {
		t.Fatal(err)
	}
	for _, zeros := range []int{0, 5000} { // some file systems leave zeros behind what was written
		for cut := last; cut <= int64(len(copied)); cut++ {
			if between := cut > last && cut < int64(len(copied)); underRace && between && cut%16 != 0 {
				continue
			}
			torn := append(bytes.Clone(copied[:cut]), make([]byte, zeros)...)
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			for _, test := range []struct {
				name    string
				store   []byte
				records uint64
				found   []FindingKind
			}{
				{"in order", store, 6, []FindingKind{FoundCopyCompleted}},
				{"behind", shorter, 5, []FindingKind{FoundTorn}},
				{"missing", nil, 5, []FindingKind{FoundTorn, FoundRebuilt}},
			} {
				write(t, path, test.store)
				write(t, name(path).copy, torn)
				switch {
				case cut == int64(len(copied)):
					test.records = 6
					test.found = map[string][]FindingKind{"behind": {FoundReplayed}, "missing": {FoundRebuilt}}[test.name]
					if zeros > 0 {
						test.found = append([]FindingKind{FoundTorn}, test.found...)
					}
				case cut == last && zeros == 0:
					test.found = slices.DeleteFunc(test.found, func(k FindingKind) bool { return k == FoundTorn })
				}
				j := openWith(t, path, Options{Verify: testVerify, Reserve: 4096})
				if n, _, err := j.Verify(t.Context()); err != nil || n != test.records {
					t.Fatalf("%s, cut at %d: %d records, want %d, %v", test.name, cut, n, test.records, err)
				}
				expect(t, j, test.found...)
				for _, f := range j.Findings() {
					if f.Kind == FoundTorn && cut-last > 100 && cut < int64(len(copied)) && (f.Sale != 1 || !strings.Contains(f.Text, "acknowledged")) {
						t.Errorf("does not say which sale: %+v", f)
					}
				}
				add(t, j, j.NextNumber(), sale.EventKeyed, sale.EventEnded)
				if n, _, err := j.Verify(t.Context()); err != nil || n != test.records+2 {
					t.Fatalf("%s, cut at %d: going on: %d records, %v", test.name, cut, n, err)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// withoutLast takes the last record out of a store, as if it had never been
// written.
func withoutLast(t testing.TB, path string) {
	t.Helper()
	s, err := newStore(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	st, err := s.state()
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.headAt(st.last - 1)
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.read(st.last-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	err = s.update(func(tx *bbolt.Tx) error {
		r, err := parse(before[0].value)
		if err != nil {
			return err
		}
		return errors.Join(tx.Bucket(bucketRecords).Delete(number(st.last)), tx.Bucket(bucketRecords).SetSequence(st.last-1),
			tx.Bucket(bucketMeta).Put(keyHead, head[:]), tx.Bucket(bucketOpen).Put(number(1), r.entry))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Guarantees 2 and 6: whatever is changed in the copy is found, the copy is made
// again, and what was there is kept.
func TestCopyTampered(t *testing.T) {
	path, copied, starts := made(t)
	store, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(n int) []byte { // with the right checksum
		at, end := starts[n], starts[n+1]
		f, err := parseFrame(bytes.Clone(copied[at:end]))
		if err != nil {
			t.Fatal(err)
		}
		f.content = bytes.Replace(f.content, []byte("7800"), []byte("7801"), 1)
		return slices.Concat(copied[:at], appendFrame(nil, f), copied[end:])
	}
	without := func(n int) []byte { return slices.Concat(copied[:starts[n]], copied[starts[n+1]:]) }
	flip := func(at int64) []byte {
		b := bytes.Clone(copied)
		b[at] ^= 0x40
		return b
	}
	tests := map[string]struct {
		copied []byte
		old    bool // before the checkpoint: found in the background
	}{
		"an old amount changed":         {forge(1), true},
		"a new amount changed":          {forge(5), false},
		"an old record removed":         {without(1), true}, // the checkpoint is not in its place: read from the start
		"a new record removed":          {without(5), false},
		"a bit of an old record":        {flip(starts[1] + 60), true},
		"a bit of a new record":         {flip(starts[5] + 60), false},
		"a bit of a new length":         {flip(starts[5] + 3), false},
		"a bit of the checkpoint":       {flip(starts[3] + 60), false},
		"the title":                     {flip(3), false},
		"nothing left":                  {nil, false},
		"a letter":                      {bytes.Repeat([]byte("Dear Sir, "), 1000), false},
		"a record put in":               {slices.Concat(copied[:starts[6]], copied[starts[5]:]), false},
		"a record more, of no chain":    {appendFrame(bytes.Clone(copied), frame{kindEntry, 7, append(make([]byte, 32), "{}"...)}), false},
		"a checkpoint of another place": {appendFrame(bytes.Clone(copied), frame{kindCheckpoint, 9, nil}), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "journal.db"), store)
			write(t, filepath.Join(dir, "journal.log"), test.copied)
			rounds := 1
			if test.old {
				rounds = 2
			}
			for range rounds {
				j := openWith(t, filepath.Join(dir, "journal.db"), Options{Verify: testVerify, Reserve: 4096})
				if err := j.WaitVerified(t.Context()); err != nil && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrDamaged) {
					t.Fatal(err)
				}
				kinds := kinds(j)
				switch {
				case slices.Equal(kinds, []FindingKind{FoundBroken}) && test.old:
					if err := j.Close(); err != nil {
						t.Fatal(err)
					}
					continue
				case !slices.Equal(kinds, []FindingKind{FoundCopyRebuilt}):
					t.Fatalf("found %+v", j.Findings())
				}
				if n, _, err := j.Verify(t.Context()); err != nil || n != 6 {
					t.Errorf("%d records, %v", n, err)
				}
				if c, held := j.LastCheckpoint(); !held || c.Sequence != 3 {
					t.Errorf("checkpoint %+v", c)
				}
				j.Close()
				aside, err := filepath.Glob(filepath.Join(dir, "journal.log.broken-*"))
				if err != nil || len(aside) != 1 {
					t.Fatalf("set aside: %v, %v", aside, err)
				}
				if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, test.copied) {
					t.Error("what was set aside is not what was there")
				}
				j = openWith(t, filepath.Join(dir, "journal.db"), Options{Verify: testVerify, Reserve: 4096})
				if err := j.WaitVerified(t.Context()); err != nil {
					t.Error(err)
				}
				expect(t, j)
				return
			}
			t.Error("not repaired at the next opening")
		})
	}
}

// FuzzFrames: whatever stands in a copy, reading it ends, keeps to the bytes, and
// what it accepts is what appendFrame writes.
func FuzzFrames(f *testing.F) {
	entry := appendFrame(nil, frame{kindEntry, 1, append(make([]byte, 32), `{"sale":1,"event":"keyed"}`...)})
	f.Add(entry)
	f.Add(append(bytes.Clone(entry), appendFrame(nil, frame{kindCheckpoint, 1, Checkpoint{Sequence: 1, Signed: []byte("s")}.encode()})...))
	f.Add(entry[:20])
	f.Add(binary.BigEndian.AppendUint32(nil, 0xffffffff))
	f.Fuzz(func(t *testing.T, b []byte) {
		frames := readFrames(bytes.NewReader(b), 0, int64(len(b)))
		for {
			at := frames.at
			got, err := frames.next()
			if err != nil {
				if frames.at != at {
					t.Fatal("went on after an error")
				}
				if err != io.EOF && !errors.Is(err, errTorn) && !errors.Is(err, errFrame) {
					t.Fatalf("unnamed error %v", err)
				}
				holdsFrame(b[at:])
				break
			}
			if !bytes.Equal(appendFrame(nil, got), b[at:frames.at]) {
				t.Fatal("accepts what is not written")
			}
			if got.kind == kindCheckpoint {
				if c, err := decodeCheckpoint(got.content); err == nil && !bytes.Equal(c.encode(), got.content) {
					t.Fatal("another checkpoint")
				}
			}
		}
	})
}
