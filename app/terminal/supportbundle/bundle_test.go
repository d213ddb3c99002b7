package supportbundle

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// said is a part that says a text.
func said(name, text string) Part {
	return Part{Name: name, About: "what was said", Write: func(_ context.Context, w io.Writer) error {
		for len(text) > 0 { // in pieces, as programs write
			n := min(7, len(text))
			if _, err := io.WriteString(w, text[:n]); err != nil {
				return err
			}
			text = text[n:]
		}
		return nil
	}}
}

// unpacked are a bundle's files.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

const private = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIGkq
AbCdEf==
-----END EC PRIVATE KEY-----
`

// Every part goes through the scrubber, what fails is told, and what is Own stays.
func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "support.zip")
	fails := Part{Name: "fails.txt", Write: func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half of hunter2")
		return errors.New("hunter2 is not to be had")
	}}
	late := Part{Name: "late.txt", Write: func(ctx context.Context, _ io.Writer) error {
		if _, limited := ctx.Deadline(); !limited {
			return errors.New("without an end")
		}
		return context.DeadlineExceeded
	}}
	own := said("own.txt", "v0.0.0-20241214075232-7af069cabc25\n")
	own.Own = true
	removed, err := Save(t.Context(), path, []Part{
		said("log.txt", "one\r\n"+private+"two hunter2\nthree"), said("one-line.txt", `{"pem":"`+strings.ReplaceAll(private, "\n", `\n`)+`"}`+"\nafter\n"),
		fails, late, own, said("long.txt", strings.Repeat("x", MaxLine+1)+"\nafter\n"),
	}, NewScrubber([]byte("hunter2")), noon)
	if err != nil || removed != 9 {
		t.Errorf("%d removed, %v", removed, err)
	}
	files := unpacked(t, path)
	for name, words := range map[string][]string{
		"log.txt": {"one\n", "two [removed: a secret", "three\n"}, "one-line.txt": {"PEM", "after"}, "fails.txt": {"half of [removed", "could not be had: [removed"},
		"late.txt": {"could not be had: context deadline"}, "own.txt": {"7af069cabc25"}, "README.txt": {"own.txt", "2026-11-22T12:00:00Z", "look through it"}, "long.txt": {"more than 64 kB", "after"},
	} {
		for _, w := range words {
			if !strings.Contains(files[name], w) {
				t.Errorf("%s: no %q in %q", name, w, files[name])
			}
		}
	}
	for name, text := range files {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "MHcCAQ") || strings.Contains(text, "AbCdEf") || strings.Contains(text, "\r") {
			t.Errorf("%s: %q", name, text)
		}
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := Save(t.Context(), path, nil, NewScrubber(), noon); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another: %v", err)
	}
}

// A bundle that is interrupted leaves nothing.
func TestSaveLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	ctx, end := context.WithCancel(t.Context())
	_, err := Save(ctx, filepath.Join(folder, "support.zip"), []Part{{Name: "a", Write: func(context.Context, io.Writer) error { end(); return nil }}, said("b", "b")}, NewScrubber(), noon)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := Save(t.Context(), filepath.Join(folder, "missing", "support.zip"), nil, NewScrubber(), noon); err == nil {
		t.Error("in a folder that is not there")
	}
}

// A part is bounded.
func TestMaxPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "support.zip")
	endless := Part{Name: "endless.txt", Write: func(_ context.Context, w io.Writer) error {
		for range MaxPart / 500 {
			if _, err := io.WriteString(w, strings.Repeat("word ", 200)+"\n"); err != nil {
				return err
			}
		}
		return nil
	}}
	if _, err := Save(t.Context(), path, []Part{endless}, NewScrubber(), noon); err != nil {
		t.Fatal(err)
	}
	if text := unpacked(t, path)["endless.txt"]; len(text) > MaxPart+200 || !strings.HasSuffix(text, "at most 4 MB.\n") {
		t.Errorf("%d bytes, %q", len(text), text[len(text)-60:])
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	tail := func() string {
		t.Helper()
		var out strings.Builder
		if err := Tail(path)(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if err := Tail(path)(t.Context(), io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no log: %v", err)
	}
	var log strings.Builder
	for n := range 200_000 {
		fmt.Fprintf(&log, "line %d\n", n)
	}
	for _, c := range []struct{ text, first string }{{"", ""}, {"one\ntwo", "one\ntwo"}, {log.String(), "line "}} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		have := tail()
		if !strings.HasPrefix(have, c.first) || !strings.HasSuffix(c.text, have) || len(have) > MaxTail || len(have) < min(len(c.text), MaxTail-100) {
			t.Errorf("%d bytes of %d, %.40q", len(have), len(c.text), have)
		}
	}
}

func TestCommand(t *testing.T) {
	var out strings.Builder
	if err := Command("go", "version")(t.Context(), &out); err != nil || !strings.Contains(out.String(), "go1.") {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := Command("countersign-no-such-program")(t.Context(), &out); err == nil || !strings.Contains(err.Error(), "not on this machine") {
		t.Error(err)
	}
}
