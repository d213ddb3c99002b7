package updatefile

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var released = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(n byte) ed25519.PublicKey { return key(n).Public().(ed25519.PublicKey) }

func manifest() Manifest {
	return Manifest{Product: "countersign-terminal", Version: "1.2.0", Minimum: "1.0.0", Architecture: "amd64",
		Released: released, Expires: released.AddDate(0, 6, 0)}
}

// packed is a file with two packages.
func packed(t testing.TB) []byte {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for name, content := range map[string]string{"a_1.2.0_amd64.deb": "the first", "b_1.2.0_all.deb": "the second package"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	slices.Sort(names)
	var b bytes.Buffer
	if err := Write(&b, key(1), manifest(), names); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// take reads a file to its end.
func take(t testing.TB, b []byte, keys ...ed25519.PublicKey) ([]string, error) {
	f, err := Read(bytes.NewReader(b), keys)
	if err != nil {
		return nil, err
	}
	return f.Extract(t.Context(), t.TempDir())
}

// By either key of a machine, a file is read as it was written.
func TestRoundTrip(t *testing.T) {
	b := packed(t)
	for _, keys := range [][]ed25519.PublicKey{{public(1)}, {public(2), public(1)}} {
		paths, err := take(t, b, keys...)
		if err != nil || len(paths) != 2 {
			t.Fatal(paths, err)
		}
		if got, err := os.ReadFile(paths[1]); err != nil || string(got) != "the second package" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := take(t, b, public(2)); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if _, err := take(t, b); !errors.Is(err, ErrSignature) {
		t.Errorf("no key: %v", err)
	}
}

// Cut at every byte, with every byte changed, and with one byte more, a file is refused.
func TestEveryByteCounts(t *testing.T) {
	b := packed(t)
	named := func(err error) bool {
		return errors.Is(err, ErrForm) || errors.Is(err, ErrSignature) || errors.Is(err, ErrTampered)
	}
	for n := range b {
		if _, err := take(t, b[:n], public(1)); !named(err) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		wrong := bytes.Clone(b)
		wrong[n] ^= 1
		if _, err := take(t, wrong, public(1)); !named(err) {
			t.Fatalf("byte %d changed: %v", n, err)
		}
	}
	if _, err := take(t, append(bytes.Clone(b), 0), public(1)); !errors.Is(err, ErrTampered) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestManifestsRefused(t *testing.T) {
	good := func() Manifest {
		m := manifest()
		m.Payloads = []Payload{{"a.deb", 1, strings.Repeat("0a", 32)}, {"b.deb", 2, strings.Repeat("0b", 32)}}
		return m
	}
	text, err := good().encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseManifest(text); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Manifest){
		"path":               func(m *Manifest) { m.Payloads[0].Name = "../a.deb" },
		"option":             func(m *Manifest) { m.Payloads[0].Name = "-a.deb" },
		"not a package":      func(m *Manifest) { m.Payloads[0].Name = "a.sh" },
		"doubled":            func(m *Manifest) { m.Payloads[1].Name = "a.deb" },
		"size 0":             func(m *Manifest) { m.Payloads[0].Size = 0 },
		"too large together": func(m *Manifest) { m.Payloads[0].Size = MostBytes - 1 },
		"size overflow":      func(m *Manifest) { m.Payloads[1].Size = 1<<63 - 1 },
		"sum":                func(m *Manifest) { m.Payloads[0].SHA256 = strings.Repeat("0A", 32) },
		"short sum":          func(m *Manifest) { m.Payloads[0].SHA256 = "0a" },
		"none":               func(m *Manifest) { m.Payloads = nil },
		"too many":           func(m *Manifest) { m.Payloads = slices.Repeat(m.Payloads, 9) },
		"version":            func(m *Manifest) { m.Version = "1.2 0" },
		"minimum":            func(m *Manifest) { m.Minimum = "1.3.0" },
		"product":            func(m *Manifest) { m.Product = "/etc" },
		"architecture":       func(m *Manifest) { m.Architecture = "AMD64" },
		"expires first":      func(m *Manifest) { m.Expires = m.Released },
		"split second":       func(m *Manifest) { m.Expires = m.Expires.Add(1) },
		"zone":               func(m *Manifest) { m.Released = m.Released.In(time.FixedZone("", 3600)) },
	} {
		m := good()
		change(&m)
		text, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(text); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, other := range map[string]string{
		"space":   strings.Replace(string(text), `":`, `": `, 1),
		"unknown": strings.Replace(string(text), `{"product"`, `{"x":1,"product"`, 1),
		"doubled": strings.Replace(string(text), `{"product"`, `{"product":"a","product"`, 1),
		"case":    strings.Replace(string(text), `"product"`, `"Product"`, 1),
		"more":    string(text) + "{}",
		"nothing": "",
	} {
		if _, err := parseManifest([]byte(other)); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAdmit(t *testing.T) {
	now := released.AddDate(0, 1, 0)
	machine := Machine{Product: "countersign-terminal", Architecture: "amd64", Installed: "1.1.0", Now: now}
	for what, test := range map[string]struct {
		change func(*Machine)
		want   error
	}{
		"newer":             {func(*Machine) {}, nil},
		"from the minimum":  {func(m *Machine) { m.Installed = "1.0.0" }, nil},
		"from before it":    {func(m *Machine) { m.Installed = "1.0.0~rc1" }, ErrTooOld},
		"the same":          {func(m *Machine) { m.Installed = "1.2.0" }, ErrNotNewer},
		"older":             {func(m *Machine) { m.Installed = "1.10.0" }, ErrNotNewer},
		"older, wanted":     {func(m *Machine) { m.Installed, m.Older = "1.10.0", true }, nil},
		"another product":   {func(m *Machine) { m.Product = "countersign-wallet"; m.Older = true }, ErrProduct},
		"another machine":   {func(m *Machine) { m.Architecture = "arm64"; m.Older = true }, ErrArchitecture},
		"expired":           {func(m *Machine) { m.Now = released.AddDate(0, 6, 0); m.Older = true }, ErrExpired},
		"a second before":   {func(m *Machine) { m.Now = released.AddDate(0, 6, 0).Add(-time.Second) }, nil},
		"from a candidate":  {func(m *Machine) { m.Installed = "1.2.0~rc2" }, nil},
		"from its revision": {func(m *Machine) { m.Installed = "1.2.0-1" }, ErrNotNewer},
	} {
		m := machine
		test.change(&m)
		if err := manifest().Admit(m); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v, want %v", what, err, test.want)
		}
	}
}

// Versions are ordered as dpkg orders them.
func TestVersionsAsDpkg(t *testing.T) {
	list := []Version{"0", "0.0.0~git20261122.ab12", "1", "1.0", "1.0.0", "1.0.0~rc1", "1.0.0~rc1~a", "1.0.0~rc10", "1.0.0-1", "1.0.0-1~bpo12+1", "1.0.0-01", "1.0.0-2",
		"1.0.0+dfsg", "1.0.0a", "1.0.00", "1.0.10", "1.0.9", "10.0", "1.a", "1.Z", "1.+", "1-1-1", "1.0.0.1", "00001"}
	for _, v := range list {
		if _, err := ParseVersion(string(v)); err != nil {
			t.Error(err)
		}
		for _, w := range list {
			for relation, holds := range map[string]bool{"lt": v.Compare(w) < 0, "eq": v.Compare(w) == 0} {
				dpkg := exec.CommandContext(t.Context(), "dpkg", "--compare-versions", string(v), relation, string(w)).Run() == nil
				if holds != dpkg {
					t.Errorf("%s %s %s: %v, dpkg says %v", v, relation, w, holds, dpkg)
				}
			}
		}
	}
	for _, wrong := range []string{"", "v1", "1:1.0", "1 0", "1/0", "1.-", "-", "1\n", strings.Repeat("1", 65)} {
		if _, err := ParseVersion(wrong); !errors.Is(err, ErrVersion) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	put := func(name, typ string, der []byte, err error) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err == nil {
			err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := ReadKeys(dir); err == nil {
		t.Error("no key is enough")
	}
	for n, name := range map[byte]string{1: "2026.pem", 2: "2028.pem"} {
		der, err := x509.MarshalPKIXPublicKey(public(n))
		put(name, "PUBLIC KEY", der, err)
	}
	keys, err := ReadKeys(dir)
	if err != nil || len(keys) != 2 || !keys[0].Equal(public(1)) || !keys[1].Equal(public(2)) {
		t.Errorf("%x, %v", keys, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key(1))
	private := put("private.key", "PRIVATE KEY", der, err)
	if s, err := ReadSigner(private); err != nil || !key(1).Equal(s) {
		t.Error(err)
	}
	if _, err := ReadSigner(filepath.Join(dir, "2026.pem")); err == nil {
		t.Error("a public key signs")
	}
	if err := os.Rename(private, filepath.Join(dir, "x.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeys(dir); err == nil || strings.Contains(err.Error(), string(der)) {
		t.Errorf("a private key among the public ones: %v", err)
	}
}

func TestExtractEndsWithItsContext(t *testing.T) {
	f, err := Read(bytes.NewReader(packed(t)), []ed25519.PublicKey{public(1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.Extract(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
}

// FuzzRead reads anything, also with a right signature around it.
func FuzzRead(f *testing.F) {
	f.Add(packed(f), []byte(nil))
	f.Add([]byte(magic), []byte(`{"product":"countersign-terminal"}`))
	text, err := manifest().encode()
	f.Add([]byte(nil), text)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b, text []byte) {
		if _, err := take(t, b, public(1)); err != nil && !errors.Is(err, ErrForm) && !errors.Is(err, ErrSignature) && !errors.Is(err, ErrTampered) {
			t.Errorf("unnamed error %v", err)
		}
		m, err := parseManifest(text)
		if err != nil {
			if !errors.Is(err, ErrForm) {
				t.Errorf("unnamed error %v", err)
			}
			return
		}
		if again, err := m.encode(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q is another manifest than %q, %v", again, text, err)
		}
	})
}

func FuzzVersion(f *testing.F) {
	f.Add("1.0.0~rc1-1", "1.0.0")
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := ParseVersion(a)
		w, other := ParseVersion(b)
		if err == nil && other == nil && (v.Compare(w) != -w.Compare(v) || v.Compare(v) != 0) && (v.Compare(w) > 0) == (w.Compare(v) > 0) {
			t.Errorf("%s and %s: %d and %d", a, b, v.Compare(w), w.Compare(v))
		}
	})
}
