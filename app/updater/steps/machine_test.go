//go:build linux

package steps

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"countersign/app/updater/debian"
	"countersign/app/updater/updatefile"
)

var (
	now = time.Date(2026, 11, 22, 9, 41, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
)

const product = "countersign-terminal"

// half is where an installer ends the process with one of two packages installed.
const half = "half installed"

// victimVariable makes the test binary a process that updates until it is killed.
const victimVariable = "COUNTERSIGN_UPDATE_VICTIM"

// order is what a victim shall do.
type order struct {
	Root, Dir string
	// Apply is a file; "" resumes.
	Apply string
	// Sick are versions that do not come up, Deadly those that take the machine down.
	Sick, Deadly []string
	// Point is where it dies.
	Point string
}

func TestMain(m *testing.M) {
	setting := os.Getenv(victimVariable)
	if setting == "" {
		os.Exit(m.Run())
	}
	var o order
	if err := json.Unmarshal([]byte(setting), &o); err != nil {
		panic(err)
	}
	if err := o.carryOut(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
	select {}
}

// carryOut does it in this process.
func (o order) carryOut(ctx context.Context) error {
	u := o.updater()
	if o.Apply == "" {
		return u.Resume(ctx)
	}
	return u.Apply(ctx, o.Apply, Wishes{})
}

func (o order) updater() *Updater {
	return &Updater{
		Dir: o.Dir, Product: product, Architecture: "amd64", Keys: []ed25519.PublicKey{key.Public().(ed25519.PublicKey)},
		Installer: installer{debian.Dpkg{Root: o.Root}, o}, Health: o, Now: func() time.Time { return now },
		Log: slog.New(slog.DiscardHandler),
		FailPoint: func(name string) {
			if name == o.Point {
				die()
			}
		},
	}
}

// installer is dpkg in a root of its own, which may be killed between two packages.
type installer struct {
	debian.Dpkg
	o order
}

func (i installer) Install(ctx context.Context, paths []string) error {
	if i.o.Point == half {
		if err := i.Dpkg.Install(ctx, paths[:1]); err != nil {
			return err
		}
		die()
	}
	return i.Dpkg.Install(ctx, paths)
}

// Health: the program's version decides.
func (o order) Before(context.Context) []string { return []string{"printer"} }

func (o order) Wait(_ context.Context, before []string) error {
	b, err := os.ReadFile(filepath.Join(o.Root, "usr/lib/countersign/terminal"))
	if err != nil {
		return err
	}
	if slices.Contains(o.Deadly, string(b)) {
		die()
	}
	if slices.Contains(o.Sick, string(b)) || !slices.Equal(before, []string{"printer"}) {
		return fmt.Errorf("%s does not draw its window", b)
	}
	return nil
}

// run runs an order as a process of its own; killed says that it was.
func (o order) run(t *testing.T) (said string, killed bool) {
	t.Helper()
	setting, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), victimVariable+"="+string(setting))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), exit != nil && exit.Sys().(syscall.WaitStatus).Signaled()
}

// releases are update files by version, each with two packages of that version.
type releases map[updatefile.Version]string

func makeReleases(t *testing.T, versions ...updatefile.Version) releases {
	t.Helper()
	r := releases{}
	for _, v := range versions {
		dir := t.TempDir()
		path := filepath.Join(dir, string(v)+".update")
		m := updatefile.Manifest{Product: product, Version: v, Minimum: "1.0.0", Architecture: "amd64", Released: now.AddDate(0, -1, 0), Expires: now.AddDate(0, 1, 0)}
		writeRelease(t, path, m, packageOf(t, "countersign-fonts", v, "fonts"), packageOf(t, product, v, "terminal"))
		r[v] = path
	}
	return r
}

func writeRelease(t *testing.T, path string, m updatefile.Manifest, packages ...string) {
	t.Helper()
	var b bytes.Buffer
	if err := updatefile.Write(&b, key, m, packages); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// packageOf makes a package with one file, in which its version stands.
func packageOf(t *testing.T, name string, v updatefile.Version, file string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"DEBIAN/control":              fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: Countersign <countersign@localhost>\nDescription: for a test\n", name, v),
		"usr/lib/countersign/" + file: string(v),
	} {
		path = filepath.Join(dir, "tree", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // a package's files are read by all
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("%s_%s_amd64.deb", name, v))
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "-Znone", "--root-owner-group", "--build", filepath.Join(dir, "tree"), path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// machine is a root with a version installed, whose file is kept.
func machine(t *testing.T, r releases, version updatefile.Version) order {
	t.Helper()
	dir := t.TempDir()
	o := order{Root: filepath.Join(dir, "root"), Dir: filepath.Join(dir, "updater")}
	for _, d := range []string{"info", "updates", "triggers", "parts"} {
		if err := os.MkdirAll(filepath.Join(o.Root, "var/lib/dpkg", d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"status", "available"} {
		if err := os.WriteFile(filepath.Join(o.Root, "var/lib/dpkg", f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u := o.updater()
	f, err := os.Open(r[version])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := updatefile.Read(f, u.Keys)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := file.Extract(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Installer.Install(t.Context(), paths); err != nil {
		t.Fatal(err)
	}
	if err := u.Keep(t.Context(), r[version]); err != nil {
		t.Fatal(err)
	}
	return o
}

// has checks that a machine has a version whole, and that nothing is under way.
func (o order) has(t *testing.T, v updatefile.Version) State {
	t.Helper()
	for name, file := range map[string]string{product: "terminal", "countersign-fonts": "fonts"} {
		if have, err := (debian.Dpkg{Root: o.Root}).Installed(t.Context(), name); err != nil || have != string(v) {
			t.Errorf("%s: %q, %v, want %s", name, have, err, v)
		}
		if b, err := os.ReadFile(filepath.Join(o.Root, "usr/lib/countersign", file)); err != nil || string(b) != string(v) {
			t.Errorf("%s: %q, %v, want %s", file, b, err, v)
		}
	}
	s, err := o.updater().State()
	if err != nil || s.Phase != Idle {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "staging")); err == nil {
		t.Error("packages are left over")
	}
	return s
}

func (o order) keeps(t *testing.T, want ...updatefile.Version) {
	t.Helper()
	if have, err := o.updater().Kept(); err != nil || !slices.Equal(have, want) {
		t.Errorf("kept %q, %v, want %q", have, err, want)
	}
}
