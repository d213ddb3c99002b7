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
	"strings"
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

// To the next version, to the one after it, and back by hand.
func TestForwardAndBack(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0", "1.2.0")
	o := machine(t, r, "1.0.0")
	o.has(t, "1.0.0")
	for _, v := range []updatefile.Version{"1.1.0", "1.2.0"} {
		if err := o.updater().Apply(t.Context(), r[v], Wishes{}); err != nil {
			t.Fatal(err)
		}
		if s := o.has(t, v); s.Last == nil || s.Last.Installed != v || s.Last.Why != "" {
			t.Errorf("%+v", s.Last)
		}
	}
	o.keeps(t, "1.1.0", "1.2.0")
	if err := o.updater().Back(t.Context(), "1.1.0"); err != nil {
		t.Fatal(err)
	}
	o.has(t, "1.1.0")
	o.keeps(t, "1.1.0", "1.2.0")
	if err := o.updater().Back(t.Context(), "1.0.0"); err == nil {
		t.Error("back to what is not kept")
	}
	if err := o.updater().Apply(t.Context(), r["1.0.0"], Wishes{}); !errors.Is(err, updatefile.ErrNotNewer) {
		t.Errorf("older: %v", err)
	}
	if err := o.updater().Apply(t.Context(), r["1.0.0"], Wishes{Older: true}); err != nil {
		t.Error(err)
	}
	o.has(t, "1.0.0")
}

// What does not come up is taken back, and where the one before does not either,
// somebody is told; then what helps may be installed.
func TestBadHealthGoesBack(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0", "1.2.0")
	o := machine(t, r, "1.0.0")
	o.Sick = []string{"1.1.0"}
	if err := o.updater().Apply(t.Context(), r["1.1.0"], Wishes{}); !errors.Is(err, ErrTakenBack) || !strings.Contains(err.Error(), "1.1.0 does not draw") {
		t.Errorf("have %v", err)
	}
	if s := o.has(t, "1.0.0"); s.Last == nil || s.Last.Version != "1.1.0" || s.Last.Installed != "1.0.0" || s.Last.Why == "" {
		t.Errorf("%+v", s.Last)
	}
	o.keeps(t, "1.0.0")
	o.Sick = []string{"1.0.0", "1.1.0"}
	if err := o.updater().Apply(t.Context(), r["1.1.0"], Wishes{}); !errors.Is(err, ErrStuck) {
		t.Errorf("have %v", err)
	}
	if err := o.updater().Resume(t.Context()); !errors.Is(err, ErrStuck) {
		t.Errorf("have %v", err)
	}
	if err := o.updater().Apply(t.Context(), r["1.2.0"], Wishes{}); err != nil {
		t.Error(err)
	}
	o.has(t, "1.2.0")
}

// Refused, nothing is changed.
func TestRefused(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	good := updatefile.Manifest{Product: product, Version: "1.1.0", Minimum: "1.0.0", Architecture: "amd64", Released: now.AddDate(0, -1, 0), Expires: now.AddDate(0, 1, 0)}
	terminal := packageOf(t, product, "1.1.0", "terminal")
	tampered := filepath.Join(t.TempDir(), "tampered")
	b, err := os.ReadFile(r["1.1.0"])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(tampered, b, 0o600); err != nil {
		t.Fatal(err)
	}
	made := func(change func(*updatefile.Manifest), packages ...string) string {
		m := good
		change(&m)
		path := filepath.Join(t.TempDir(), "update")
		writeRelease(t, path, m, packages...)
		return path
	}
	for what, test := range map[string]struct {
		path string
		want error
	}{
		"tampered":          {tampered, updatefile.ErrTampered},
		"the same":          {r["1.0.0"], updatefile.ErrNotNewer},
		"expired":           {made(func(m *updatefile.Manifest) { m.Expires = now }, terminal), updatefile.ErrExpired},
		"another machine's": {made(func(m *updatefile.Manifest) { m.Architecture = "arm64" }, terminal), updatefile.ErrArchitecture},
		"another product's": {made(func(m *updatefile.Manifest) { m.Product = "countersign-wallet" }, terminal), updatefile.ErrProduct},
		"too far":           {made(func(m *updatefile.Manifest) { m.Minimum = "1.0.1" }, terminal), updatefile.ErrTooOld},
		"wrong version":     {made(func(m *updatefile.Manifest) { m.Version = "1.1.1" }, terminal), updatefile.ErrForm},
		"without it":        {made(func(*updatefile.Manifest) {}, packageOf(t, "countersign-fonts", "1.1.0", "fonts")), updatefile.ErrForm},
		"a missing file":    {filepath.Join(t.TempDir(), "none"), os.ErrNotExist},
	} {
		if err := o.updater().Apply(t.Context(), test.path, Wishes{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", what, err)
		}
		if left, err := filepath.Glob(filepath.Join(o.Dir, "incoming*")); err != nil || len(left) > 0 {
			t.Errorf("%s: left %q, %v", what, left, err)
		}
		if err := o.updater().Resume(t.Context()); err != nil {
			t.Error(err)
		}
		o.has(t, "1.0.0")
		o.keeps(t, "1.0.0")
	}
	other := o.updater()
	other.Keys = []ed25519.PublicKey{publicKey(8)}
	if err := other.Apply(t.Context(), r["1.1.0"], Wishes{}); !errors.Is(err, updatefile.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if err := os.Remove(o.updater().kept("1.0.0")); err != nil {
		t.Fatal(err)
	}
	if err := o.updater().Apply(t.Context(), r["1.1.0"], Wishes{}); !errors.Is(err, ErrNoWayBack) {
		t.Errorf("without a way back: %v", err)
	}
	o.has(t, "1.0.0")
	o.Sick = []string{"1.1.0"}
	if err := o.updater().Apply(t.Context(), r["1.1.0"], Wishes{NoWayBack: true}); !errors.Is(err, ErrStuck) {
		t.Errorf("sick without a way back: %v", err)
	}
}

func publicKey(n byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
}

// Killed at each point, what Resume leaves is one of the two versions, whole: the new one
// once it was written down, the one before where the new one does not come up.
func TestKilledAtEachPoint(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	for _, point := range append(FailPoints(), half) {
		for _, sick := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sick %v", point, sick), func(t *testing.T) {
				t.Parallel()
				o := machine(t, r, "1.0.0")
				if sick {
					o.Sick = []string{"1.1.0"}
				}
				o.Apply, o.Point = r["1.1.0"], point
				said, killed := o.run(t)
				reached := sick || point != pointOf(GoingBack) && point != pointOf(CheckingBack)
				if killed != reached {
					t.Fatalf("killed: %v: %s", killed, said)
				}
				o.Apply, o.Point = "", ""
				err := o.updater().Resume(t.Context())
				want := updatefile.Version("1.1.0")
				if sick || point == pointCopied || point == pointKept {
					want = "1.0.0"
				}
				ended := point == pointCopied || point == pointKept || point == pointOf(Idle) || point == pointEnded
				if errors.Is(err, ErrTakenBack) != (sick && !ended) || err != nil && !sick {
					t.Errorf("resumed: %v", err)
				}
				o.has(t, want)
				if err := o.updater().Resume(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Killed at one point after the other on one machine, it still ends well.
func TestKilledAgainAndAgain(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	o.Sick = []string{"1.1.0"}
	o.Apply, o.Point = r["1.1.0"], pointOf(Installing)
	deaths := 0
	for _, point := range []string{pointOf(Installing), half, pointInstalled, pointOf(Checking), pointOf(GoingBack), pointUnpacked, half, pointOf(CheckingBack), pointHealthy, pointEnded} {
		o.Point = point
		if _, killed := o.run(t); killed {
			deaths++
		}
		o.Apply = ""
	}
	if deaths != 10 {
		t.Errorf("killed %d times", deaths)
	}
	o.Point = ""
	if err := o.updater().Resume(t.Context()); err != nil {
		t.Error(err)
	}
	o.has(t, "1.0.0")
}

// A version that takes the machine down is taken back after three times.
func TestDeadlyVersion(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	o.Apply, o.Deadly = r["1.1.0"], []string{"1.1.0"}
	for n := range 3 {
		if said, killed := o.run(t); !killed {
			t.Fatalf("%d: %s", n, said)
		}
		o.Apply = ""
	}
	if said, killed := o.run(t); killed || !strings.Contains(said, ErrTakenBack.Error()) {
		t.Errorf("%v, %s", killed, said)
	}
	o.has(t, "1.0.0")
}

// A kept file that was changed is not installed: not even to go back.
func TestKeptFileChanged(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	o.Sick = []string{"1.1.0"}
	o.Apply, o.Point = r["1.1.0"], pointOf(GoingBack)
	o.run(t)
	o.Apply, o.Point = "", ""
	kept := o.updater().kept("1.0.0")
	b, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(kept, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for range mostTries - 1 {
		if err := o.updater().Resume(t.Context()); !errors.Is(err, updatefile.ErrTampered) {
			t.Errorf("have %v", err)
		}
	}
	if err := o.updater().Resume(t.Context()); !errors.Is(err, ErrStuck) {
		t.Errorf("have %v", err)
	}
}

// What cannot be laid out was not installed, and nothing is taken back.
func TestNoRoomToLayOut(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	before, err := os.Stat(filepath.Join(o.Root, "usr/lib/countersign/terminal"))
	if err != nil {
		t.Fatal(err)
	}
	u := o.updater()
	u.FailPoint = func(name string) {
		if name == pointOf(Installing) {
			if err := os.Truncate(u.kept("1.1.0"), 500); err != nil {
				t.Error(err)
			}
		}
	}
	if err := u.Apply(t.Context(), r["1.1.0"], Wishes{}); !errors.Is(err, ErrTakenBack) || !strings.Contains(err.Error(), "lay out 1.1.0") {
		t.Errorf("have %v", err)
	}
	o.has(t, "1.0.0")
	o.keeps(t, "1.0.0")
	if after, err := os.Stat(filepath.Join(o.Root, "usr/lib/countersign/terminal")); err != nil || !os.SameFile(before, after) {
		t.Errorf("the version before was installed again, %v", err)
	}
}

// Two at once do not disturb each other; who is ended goes on later.
func TestOneAtATime(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	u := o.updater()
	ctx, stop := context.WithCancel(t.Context())
	u.FailPoint = func(name string) {
		if name == pointOf(Checking) {
			if err := o.updater().Resume(t.Context()); !errors.Is(err, ErrBusy) {
				t.Errorf("at once: %v", err)
			}
			stop()
		}
	}
	if err := u.Apply(ctx, r["1.1.0"], Wishes{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if err := o.updater().Apply(t.Context(), r["1.1.0"], Wishes{Older: true}); !errors.Is(err, ErrUnfinished) {
		t.Errorf("begun again: %v", err)
	}
	if err := o.updater().Resume(t.Context()); err != nil {
		t.Error(err)
	}
	o.has(t, "1.1.0")
}

func FuzzState(f *testing.F) {
	for _, s := range []State{{Phase: Idle}, {Phase: GoingBack, To: "1.1.0", From: "1.0.0", Bad: []string{"printer"}, Tries: 2, Why: "dark", Last: &Outcome{Version: "1.0.0", At: now}}} {
		text, err := s.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"phase":"dancing"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseState(text)
		if err != nil {
			if !errors.Is(err, ErrState) {
				t.Errorf("unnamed error %v", err)
			}
			return
		}
		if again, err := s.encode(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q, %v", again, err)
		}
	})
}
