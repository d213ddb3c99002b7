package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// shipped is a unit as the packages have it.
func shipped(t *testing.T, name string) *unit {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "linux", "units", name+".service"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	u, err := parseUnit(name, file)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What is carried out is what the shipped units say.
func TestShippedUnits(t *testing.T) {
	for _, name := range []string{"countersign-terminal", "countersign-settlement", "countersign-authority"} {
		u := shipped(t, name)
		if u.kind() != strings.TrimPrefix(name, "countersign-") || u.data() != "/var/lib/countersign/"+u.kind() {
			t.Errorf("%s: %+v", name, u)
		}
		if u.credentials["pin"] != "/etc/credstore.encrypted/"+name+".pin" || u.restart <= 0 || u.restart > 5*time.Second {
			t.Errorf("%s: credentials %v, restart after %v", name, u.credentials, u.restart)
		}
		command, err := u.command()
		if err != nil || !slices.ContainsFunc(command, func(word string) bool { return strings.HasPrefix(word, "/usr/lib/countersign/") }) {
			t.Errorf("%s: %q, %v", name, command, err)
		}
		if text := strings.Join(command, " "); strings.Contains(text, "%") || strings.Contains(text, "$OPTIONS") {
			t.Errorf("%s: %q is not what is started", name, command)
		}
		as := u.as("true")
		if !slices.Contains(as, u.user) || !slices.Contains(as, "--no-new-privs") || !slices.Contains(as, "--bounding-set=-all") || as[len(as)-1] != "true" {
			t.Errorf("%s: run by %q", name, as)
		}
	}
	if groups := shipped(t, "countersign-terminal").groups; !slices.Contains(groups, "dialout") || !slices.Contains(groups, "video") {
		t.Errorf("the terminal has the groups %q", groups)
	}
}

// The options of a server's file are words of its command.
func TestOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "countersign-authority")
	if err := os.WriteFile(file, []byte("OPTIONS=\"--listen 127.0.0.1:8444 --host localhost\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	u := &unit{exec: []string{"/bin/authority", "$OPTIONS", "--data", "/d"}, environmentFile: file}
	want := []string{"/bin/authority", "--listen", "127.0.0.1:8444", "--host", "localhost", "--data", "/d"}
	if have, err := u.command(); err != nil || !slices.Equal(have, want) {
		t.Errorf("%q, %v", have, err)
	}
	u.environmentFile += ".absent"
	if have, err := u.command(); err != nil || !slices.Equal(have, []string{"/bin/authority", "--data", "/d"}) {
		t.Errorf("without the file: %q, %v", have, err)
	}
}

func TestUnitsThatSayTooLittle(t *testing.T) {
	whole := "ExecStart=/bin/true\nUser=nobody\nStateDirectory=a\nWorkingDirectory=/\nLoadCredentialEncrypted=pin:/pin\nRestartSec=1\n"
	if _, err := parseUnit("u", strings.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(whole) {
		if strings.HasPrefix(line, "RestartSec") {
			continue
		}
		if u, err := parseUnit("u", strings.NewReader(strings.Replace(whole, line, "#"+line, 1))); err == nil {
			t.Errorf("without %s: %+v", strings.TrimSpace(line), u)
		}
	}
	if u, err := parseUnit("u", strings.NewReader(strings.Replace(whole, "RestartSec=1", "RestartSec=soon", 1))); err == nil {
		t.Errorf("%+v", u)
	}
	if _, err := parseUnit("u", strings.NewReader(whole+strings.Repeat("x", 1<<20))); err == nil {
		t.Error("a line that cannot be read was passed over")
	}
}

// Each step is one line of the table, also one that failed for reasons of several lines.
func TestReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	r, err := openReport(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, fail := context.WithCancelCause(t.Context())
	if err := r.step(ctx, "one", func(context.Context) (string, error) { return "2 s", nil }); err != nil {
		t.Error(err)
	}
	died := errors.New("the phone\ndied")
	err = r.step(ctx, "two", func(ctx context.Context) (string, error) {
		fail(died)
		<-ctx.Done()
		return "", ctx.Err()
	})
	if !errors.Is(err, died) || !errors.Is(err, context.Canceled) {
		t.Errorf("why it ended is lost: %v", err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%q", lines)
	}
	for i, want := range [][]string{{"ok", "one", "2 s"}, {"FAILED", "two", "the phone died (context canceled)"}} {
		if have := strings.Split(lines[i], "\t"); len(have) != 4 || !slices.Equal(have[1:], want) {
			t.Errorf("%q, want %q", have, want)
		}
	}
}
