package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/program/backup"
)

var about = backup.About{Program: "shop", Format: "goods 1", Schema: 3, Store: "file", Made: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}

// write makes a small backup.
func write(to io.Writer) error {
	w, err := backup.NewWriter(to, about)
	if err != nil {
		return err
	}
	for _, section := range []string{"goods", "nothing", "prices"} {
		if err := w.Section(section); err != nil {
			return err
		}
		for n := range len(section) % 7 {
			if err := w.Record(fmt.Appendf(nil, "%s %d", section, n), bytes.Repeat([]byte{byte(n)}, n*70)); err != nil {
				return err
			}
		}
	}
	_, err = w.Close(map[string]int{"goods": 5})
	return err
}

func made(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	raw := made(t)
	var seen []string
	var tally backup.Tally
	m, err := backup.Read(t.Context(), bytes.NewReader(raw), "shop", backup.Visitor{
		About:   func(a backup.About) error { seen = append(seen, a.Format); return nil },
		Section: func(name string) error { seen = append(seen, name); tally.Section(name); return nil },
		Record: func(key, value []byte) error {
			seen = append(seen, fmt.Sprintf("%s=%d", key, len(value)))
			tally.Record(key, value)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "goods 1,goods,goods 0=0,goods 1=70,goods 2=140,goods 3=210,goods 4=280,nothing,prices,prices 0=0,prices 1=70,prices 2=140,prices 3=210,prices 4=280,prices 5=350"
	if have := strings.Join(seen, ","); have != want {
		t.Errorf("read %s", have)
	}
	if m.About != about || string(m.Sums) != `{"goods":5}` || len(m.Sections) != 3 || m.Sections[2].Records != 6 {
		t.Errorf("manifest %+v", m)
	}
	if !slices.Equal(tally.Sections(), m.Sections) {
		t.Errorf("tally %v, manifest %v", tally.Sections(), m.Sections)
	}
}

// Every cut, and every bit that is another, is noticed.
func TestNoDamageIsOverlooked(t *testing.T) {
	raw := made(t)
	read := func(b []byte) error {
		_, err := backup.Read(t.Context(), bytes.NewReader(b), "shop", backup.Visitor{})
		return err
	}
	for n := range raw {
		if err := read(raw[:n]); !errors.Is(err, backup.ErrCut) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
		changed := bytes.Clone(raw)
		changed[n] ^= 1 << (n % 8)
		if err := read(changed); err == nil {
			t.Errorf("byte %d changed: accepted", n)
		}
	}
	if err := read(append(bytes.Clone(raw), 0)); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("longer: %v", err)
	}
}

func TestWhatIsNotOursIsRefused(t *testing.T) {
	raw := made(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	own := errors.New("of the visitor's own")
	for name, c := range map[string]struct {
		ctx     context.Context
		raw     []byte
		program string
		visitor backup.Visitor
		want    error
	}{
		"empty":           {t.Context(), nil, "shop", backup.Visitor{}, backup.ErrCut},
		"text":            {t.Context(), []byte("PGDMP and more"), "shop", backup.Visitor{}, backup.ErrForeign},
		"short text":      {t.Context(), []byte("no"), "shop", backup.Visitor{}, backup.ErrForeign},
		"a later format":  {t.Context(), bytes.Replace(raw, []byte("backup 1\n"), []byte("backup 2\n"), 1), "shop", backup.Visitor{}, backup.ErrNewer},
		"no format":       {t.Context(), bytes.Replace(raw, []byte("backup 1\n"), []byte("backup x\n"), 1), "shop", backup.Visitor{}, backup.ErrDamaged},
		"another program": {t.Context(), raw, "bank", backup.Visitor{}, backup.ErrProgram},
		"context":         {ended, raw, "shop", backup.Visitor{}, context.Canceled},
		"visitor":         {t.Context(), raw, "shop", backup.Visitor{Record: func(_, _ []byte) error { return own }}, own},
	} {
		if _, err := backup.Read(c.ctx, bytes.NewReader(c.raw), c.program, c.visitor); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shop.backup")
	m, err := backup.Save(t.Context(), path, "shop", write)
	if err != nil || m.About != about {
		t.Fatalf("%+v, %v", m, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := backup.Save(t.Context(), path, "shop", write); !errors.Is(err, backup.ErrExists) {
		t.Errorf("over another: %v", err)
	}
	if again, err := backup.Check(t.Context(), path, "shop"); err != nil || string(again.Sums) != string(m.Sums) {
		t.Errorf("check: %v", err)
	}
	own := errors.New("the server went away")
	for name, c := range map[string]struct {
		write func(io.Writer) error
		want  error
	}{
		"fails": {func(io.Writer) error { return own }, own},
		"half":  {func(w io.Writer) error { _, err := w.Write(made(t)[:300]); return err }, backup.ErrCut},
		"replaced": {func(w io.Writer) error {
			return errors.Join(write(w), os.WriteFile(filepath.Join(dir, "replaced"), nil, 0o600))
		}, backup.ErrExists},
	} {
		if _, err := backup.Save(t.Context(), filepath.Join(dir, name), "shop", c.write); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*partial*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Of two that save under one name at the same moment one does, and the other is told.
func TestSaveAtOnce(t *testing.T) {
	for n := range 200 {
		path := filepath.Join(t.TempDir(), "a.backup")
		var ready, done sync.WaitGroup
		ready.Add(2)
		errs := make([]error, 2)
		for i := range errs {
			done.Go(func() {
				_, errs[i] = backup.Save(t.Context(), path, "shop", func(to io.Writer) error {
					ready.Done()
					ready.Wait() // both have seen that there is none
					return write(to)
				})
			})
		}
		done.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), backup.ErrExists) {
			t.Fatalf("time %d: %v", n, errs)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("left %v, %v", left, err)
		}
	}
}

// Whatever a file holds, reading ends with an error or with what a writer would
// have written.
func FuzzRead(f *testing.F) {
	raw := made(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add([]byte("countersign backup 1\nA\x02{}M\x02{}E\x00"))
	f.Add([]byte("countersign backup 1\nA\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var again bytes.Buffer
		var w *backup.Writer
		m, err := backup.Read(t.Context(), bytes.NewReader(raw), "shop", backup.Visitor{
			About:   func(a backup.About) (err error) { w, err = backup.NewWriter(&again, a); return err },
			Section: func(name string) error { return w.Section(name) },
			Record:  func(key, value []byte) error { return w.Record(key, value) },
		})
		if err != nil {
			return
		}
		if _, err := w.Close(m.Sums); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Read(t.Context(), &again, "shop", backup.Visitor{}); err != nil {
			t.Fatalf("written again: %v", err)
		}
	})
}
