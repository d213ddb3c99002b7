//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// staffCommand runs "terminal staff …" in this process.
func staffCommand(t *testing.T, stdin string, words ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errOut bytes.Buffer
	p := program.Program{Hint: hint, Commands: map[string]program.Command{}}
	for _, what := range []string{"add", "pin", "unlock", "remove", "list"} {
		p.Commands["staff "+what] = func(ctx context.Context, args []string, out, errOut io.Writer) error {
			return changeStaff(ctx, what, args, strings.NewReader(stdin), out, errOut)
		}
	}
	status = p.Run(t.Context(), append([]string{"staff"}, words...), &out, &errOut)
	return out.String(), errOut.String(), status
}

func TestStaffCommands(t *testing.T) {
	data := t.TempDir()
	pinFile := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pinFile, []byte("274913\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		words  string
		stdin  string
		status int
		says   string // on stderr, or on stdout if all went well
	}{
		{"list", "", 0, ""},
		{"add --name B-02 --role cashier", "8140\n", 1, "Add a manager first"},
		{"add --name A-01 --role manager", "1234\n", 1, "its digits follow one another"},
		{"add --name A-01 --role manager --pin-file " + pinFile, "", 0, "A-01"},
		{"add --name B-02 --role cashier", "8140\n", 1, "Say which manager does it"},
		{"add --name B-02 --role cashier --by A-01", "274913\n8140\n", 0, "B-02"},
		{"add --name B-02", "", 2, "--role"},
		{"unlock", "", 2, "--name"},
		{"pin --name B-02 --by B-02", "8140\n5092", 0, "B-02"},
		{"pin --name B-02 --by B-02", "8140\n5093\n", 1, "name or PIN is wrong"},
		{"pin --name B-02 --by B-02", "8140\n5093\n", 1, "name or PIN is wrong"},
		{"pin --name B-02 --by B-02", "8140\n5093\n", 1, "name or PIN is wrong"},
		{"pin --name B-02 --by B-02", "5092\n5093\n", 1, "ask a manager to unlock"},
		{"unlock --name B-02 --by A-01 --by-pin-file " + pinFile, "", 0, "B-02"},
		{"pin --name B-02 --by B-02", "5092\n8140\n", 0, "B-02"},
		{"remove --name A-01 --by A-01 --by-pin-file " + pinFile, "", 1, "Add another manager first"},
		{"remove --name B-02 --by A-01 --by-pin-file " + pinFile, "", 0, "B-02"},
		{"add --name C-03 --role cashier --by A-01 --by-pin-file " + pinFile, "", 1, "read PIN from standard input"},
	} {
		stdout, stderr, status := staffCommand(t, step.stdin, append(strings.Fields(step.words), "--data", data)...)
		if status != step.status || status == 0 && !strings.Contains(stdout, step.says) || status != 0 && !strings.Contains(stderr, step.says) {
			t.Fatalf("%s: status %d\n%s%s", step.words, status, stdout, stderr)
		}
	}
	stdout, _, _ := staffCommand(t, "", "list", "--data", data)
	var m staff.Member
	if err := json.Unmarshal([]byte(stdout), &m); err != nil || m.ID != "A-01" || m.Role != staff.Manager {
		t.Errorf("list says %q, %v", stdout, err)
	}

	// Everything is in the journal, and no PIN.
	j, err := journal.Open(t.Context(), filepath.Join(data, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	kinds := map[staff.Kind]int{}
	if err := j.All(func(_ uint64, e sale.Entry) error {
		if e.Staff == nil || string(e.Staff.Kind) != string(e.Event) || e.Sale != 0 {
			t.Errorf("journal has %+v", e)
			return nil
		}
		kinds[e.Staff.Kind]++
		who := *e.Staff
		e.At, who.At, e.Staff = time.Time{}, time.Time{}, &who // whose nanoseconds may look like a PIN
		text, err := json.Marshal(e)
		if strings.Contains(string(text), "274913") || strings.Contains(string(text), "8140") || strings.Contains(string(text), "5092") {
			t.Errorf("a PIN is in the journal: %s", text)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[staff.Kind]int{staff.Added: 2, staff.Removed: 1, staff.PINChanged: 2, staff.Unlocked: 1, staff.Refused: 3, staff.StillLocked: 1} {
		if kinds[kind] != want {
			t.Errorf("%d events %s, want %d", kinds[kind], kind, want)
		}
	}

	// While the terminal runs its files are its own.
	if _, stderr, status := staffCommand(t, "", "list", "--data", data); status != 1 || !strings.Contains(stderr, "The terminal is running") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// No PIN can be given as an argument.
func TestNoPINArgument(t *testing.T) {
	flags := program.NewFlags("staff", io.Discard)
	(&staffFlags{}).register(flags)
	flags.VisitAll(func(f *flag.Flag) {
		if strings.Contains(f.Name, "pin") && !strings.HasSuffix(f.Name, "-file") {
			t.Errorf("--%s takes a PIN", f.Name)
		}
	})
	if err := flags.Parse([]string{"--pin", "8140"}); err == nil || errors.Is(err, flag.ErrHelp) {
		t.Error("--pin is taken")
	}
}
