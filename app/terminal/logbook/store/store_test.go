package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

const rows Table = "rows"

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func get(s *Store, table Table, n uint64) (block, note []byte, err error) {
	err = s.View(func(v View) error {
		b, err := v.Get(table, n)
		block, note = bytes.Clone(b), bytes.Clone(v.Note())
		return err
	})
	return block, note, err
}

func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	s := open(t, path)
	if b, note, err := get(s, rows, 1); b != nil || note != nil || err != nil {
		t.Errorf("empty: %q %q %v", b, note, err)
	}
	for n, text := range []string{"one", "another"} {
		err := s.Write(Batch{Note: []byte{byte(n)}, Blocks: []Block{{rows, 1, []byte(text)}, {rows, uint64(5 - n), []byte("x")}, {"links", 1, nil}}})
		if err != nil {
			t.Fatal(err)
		}
		if b, note, err := get(s, rows, 1); string(b) != text || len(note) != 1 || int(note[0]) != n || err != nil {
			t.Errorf("%q %q %v", b, note, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	var numbers []uint64
	err := s.View(func(v View) error {
		return v.Each(rows, func(n uint64, b []byte) error {
			numbers = append(numbers, n)
			return nil
		})
	})
	if err != nil || len(numbers) != 3 || numbers[0] != 1 || numbers[1] != 4 || numbers[2] != 5 {
		t.Errorf("%v, %v", numbers, err)
	}
}

// Guarantee 3.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	s := open(t, path)
	content := bytes.Repeat([]byte("content "), 10000)
	if err := s.Write(Batch{Blocks: []Block{{rows, 1, content}, {rows, 2, content}}}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(whole, content) + len(content)/2
	for name, spoilt := range map[string][]byte{
		"a byte":      append(append(bytes.Clone(whole[:at]), '!'), whole[at+1:]...),
		"cut short":   whole[:at],
		"nothing":     whole[:10000],
		"a letter":    bytes.Repeat([]byte("Dear Sir, "), 10000),
		"all of zero": make([]byte, len(whole)),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "index")
			if err := os.WriteFile(path, spoilt, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err == nil {
				defer s.Close()
				err = s.View(func(v View) error { return v.Each(rows, func(uint64, []byte) error { return nil }) })
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("have %v", err)
			}
		})
	}
}
