package backup_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/app/program/backup"
)

// The command tells what it restored or checked, and restores nothing when it only checks.
func TestRestoring(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.backup")
	if err := os.WriteFile(file, made(t), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		program string
		args    []string
		fails   error
		want    error
		says    string
		asked   bool
	}{
		"restored": {"shop", []string{"--in", file}, nil, nil, `"result":"restored"`, true},
		"checked":  {"shop", []string{"--in", file, "--check"}, gone, nil, `"result":"checked"`, false},
		"stranger": {"till", []string{"--in", file, "--check"}, nil, backup.ErrProgram, "", false},
		"fails":    {"shop", []string{"--in", file}, gone, gone, "", true},
		"no file":  {"shop", []string{"--in", file + "x"}, nil, os.ErrNotExist, "", false},
	} {
		r := backup.Restoring{Program: c.program}
		flags := flag.NewFlagSet(name, flag.ContinueOnError)
		r.Register(flags)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		asked := false
		err := r.Run(t.Context(), &out, func(from io.ReadSeeker) (backup.Manifest, error) {
			asked = true
			m, err := backup.Read(t.Context(), from, "shop", backup.Visitor{})
			return m, errors.Join(err, c.fails)
		})
		if !errors.Is(err, c.want) || asked != c.asked || !strings.Contains(out.String(), c.says) || c.says == "" && out.Len() > 0 {
			t.Errorf("%s: %v, asked %v, told %s", name, err, asked, out.String())
		}
		if c.says != "" && !strings.HasSuffix(out.String(), `"made":"2026-11-22T03:00:00Z","store":"file","schema":3,"sums":{"goods":5}}`+"\n") {
			t.Errorf("%s: told %s", name, out.String())
		}
	}
}

// Every error that a person can do something about says what.
func TestHints(t *testing.T) {
	for _, err := range []error{backup.ErrForeign, backup.ErrNewer, backup.ErrProgram, backup.ErrCut, backup.ErrDamaged, backup.ErrExists} {
		if program.Hint(err) == "" {
			t.Errorf("%v: nothing to do about it", err)
		}
	}
}
