//go:build linux

package debian

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// root is an empty system.
func root(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"info", "updates", "triggers", "parts"} {
		if err := os.MkdirAll(filepath.Join(dir, "var/lib/dpkg", d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"status", "available"} {
		if err := os.WriteFile(filepath.Join(dir, "var/lib/dpkg", f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build makes a package that has one file; depends may be empty.
func build(t *testing.T, version, depends string) string {
	t.Helper()
	dir := t.TempDir()
	control := "Package: countersign-terminal\nVersion: " + version + "\nArchitecture: all\nMaintainer: Countersign <countersign@localhost>\nDescription: for a test\n"
	if depends != "" {
		control = strings.Replace(control, "Maintainer", "Depends: "+depends+"\nMaintainer", 1)
	}
	for name, text := range map[string]string{"DEBIAN/control": control, "usr/lib/countersign/terminal": version} {
		path := filepath.Join(dir, "tree", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // a package's files are read by all
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("countersign-terminal_%s_all.deb", version))
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--root-owner-group", "--build", filepath.Join(dir, "tree"), path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// Who finds dpkg's lock taken waits for it, and not for ever.
func TestDpkgWaitsForItsLock(t *testing.T) {
	d := Dpkg{Root: root(t), Limit: 2 * time.Second}
	path := build(t, "1.0.0", "")
	lock, err := os.OpenFile(filepath.Join(d.Root, "var/lib/dpkg/lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.FcntlFlock(lock.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	if err := d.Install(t.Context(), []string{path}); err == nil {
		t.Fatal("installed beside another")
	}
	d.Limit = time.Minute
	done := make(chan error, 1)
	go func() { done <- d.Install(t.Context(), []string{path}) }()
	if err := unix.FcntlFlock(lock.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_UNLCK}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A package is installed, replaced by a newer and by an older one, and what cannot be
// configured does not count as installed.
func TestDpkg(t *testing.T) {
	d := Dpkg{Root: root(t)}
	if _, err := d.Installed(t.Context(), "countersign-terminal"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("nothing there: %v", err)
	}
	for _, version := range []string{"1.0.0", "1.1.0", "1.0.0"} {
		path := build(t, version, "")
		name, of, architecture, err := d.Examine(t.Context(), path)
		if err != nil || name != "countersign-terminal" || of != version || architecture != "all" {
			t.Errorf("%s, %s, %s, %v", name, of, architecture, err)
		}
		if err := d.Install(t.Context(), []string{path}); err != nil {
			t.Fatal(err)
		}
		if v, err := d.Installed(t.Context(), "countersign-terminal"); err != nil || v != version {
			t.Errorf("%q, %v", v, err)
		}
		if b, err := os.ReadFile(filepath.Join(d.Root, "usr/lib/countersign/terminal")); err != nil || string(b) != version {
			t.Errorf("%q, %v", b, err)
		}
	}
	err := d.Install(t.Context(), []string{build(t, "2.0.0", "no-such-package")})
	if err == nil || !strings.Contains(err.Error(), "no-such-package") {
		t.Errorf("without what it depends on: %v", err)
	}
	if v, err := d.Installed(t.Context(), "countersign-terminal"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("half installed: %q, %v", v, err)
	}
	if err := d.Install(t.Context(), []string{build(t, "1.0.0", "")}); err != nil {
		t.Errorf("back from half installed: %v", err)
	}
	letter := filepath.Join(t.TempDir(), "letter.deb")
	if err := os.WriteFile(letter, []byte("Dear Sir"), 0o600); err != nil {
		t.Fatal(err)
	}
	if name, _, _, err := d.Examine(t.Context(), letter); err == nil {
		t.Errorf("a letter is %s", name)
	}
}
