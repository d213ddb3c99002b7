//go:build linux

package steps

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/app/updater/updatefile"
)

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
