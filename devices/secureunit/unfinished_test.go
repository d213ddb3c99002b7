package secureunit_test

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// A SoftHSM whose maker of a key was killed at the worst moment has an object with the key's
// name and use, and no key in it. It is as if there were none, and is made again.
func TestUnfinishedKeys(t *testing.T) {
	d, cfg := till(t)
	u := openAs(t, cfg)
	ensure(t, u, secureunit.Signing)
	finished := objects(t, d)
	ensure(t, u, secureunit.Agreement)
	if _, err := u.NextKey(t.Context(), secureunit.Signing); err != nil {
		t.Fatal(err)
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for name := range objects(t, d) {
		if !finished[name] && unfinish(t, name) {
			n++
		}
	}
	if n != 2 {
		t.Fatalf("%d keys unfinished, want 2", n)
	}

	u = openAs(t, cfg)
	if keys, err := u.Keys(t.Context(), secureunit.Signing); err != nil || len(keys) != 1 || keys[0].Generation != 1 {
		t.Errorf("found %v, %v, and not the finished one alone", keys, err)
	}
	if made, err := u.EnsureKey(t.Context(), secureunit.Agreement); err != nil || !made {
		t.Errorf("the agreement key: made %v, %v", made, err)
	}
	w := newWorker(t, u) // of the first generation
	if err := w.sign(1); err != nil {
		t.Error(err)
	}
	if err := w.derive(); err != nil {
		t.Error(err)
	}
	if k, err := u.NextKey(t.Context(), secureunit.Signing); err != nil || k.Generation != 2 {
		t.Fatalf("the unfinished one in its place: %v, %v", k, err)
	}
	if err := newWorker(t, u).sign(2); err != nil {
		t.Error(err)
	}
	if made, err := u.EnsureKey(t.Context(), secureunit.Signing); err != nil || made {
		t.Errorf("made again: %v, %v", made, err)
	}
}

// objects are SoftHSM's files of objects.
func objects(t *testing.T, d *virtualtoken.Directory) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(filepath.Dir(d.Conf()), func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".object") && filepath.Base(name) != "token.object" {
			names[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// unfinish takes out of a file of SoftHSM's what it puts into a private key last; other
// objects stay. A file is a number, and then of each attribute its type, its kind (1: a byte,
// 2: a number, 3 and 4: bytes after how many, 5: numbers after how many), and its value;
// numbers have eight bytes.
func unfinish(t *testing.T, name string) bool {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out, private := append([]byte(nil), text[:8]...), false
	for text = text[8:]; len(text) > 0; {
		size := 0
		switch kind := binary.BigEndian.Uint64(text[8:]); kind {
		case 1:
			size = 17
		case 2:
			size = 24
		case 3, 4:
			size = 24 + int(binary.BigEndian.Uint64(text[16:]))
		case 5:
			size = 24 + 8*int(binary.BigEndian.Uint64(text[16:]))
		default:
			t.Fatalf("%s has an attribute of kind %d", name, kind)
		}
		attribute := text[:size:size]
		switch binary.BigEndian.Uint64(text) {
		case pkcs11.CKA_CLASS:
			private = binary.BigEndian.Uint64(attribute[16:]) == pkcs11.CKO_PRIVATE_KEY
		case pkcs11.CKA_LOCAL:
			attribute = append(attribute[:16:16], 0)
		case pkcs11.CKA_EC_PARAMS, pkcs11.CKA_VALUE:
			attribute = append(attribute[:16:16], make([]byte, 8)...)
		}
		out, text = append(out, attribute...), text[size:]
	}
	if private {
		if err := os.WriteFile(name, out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return private
}
