//go:build softokn

package secureunit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"countersign/devices/secureunit"
)

// A second, independent token: NSS softokn (Debian's libnss3). It is asked for
// by the build tag softokn, because machines that take payments do not have
// it: go test -tags softokn -run Softokn. It keeps keys and codes, but takes no
// data objects on a token, so it cannot be a whole secure unit.
func TestSoftokn(t *testing.T) {
	found, err := filepath.Glob("/usr/lib/*/libsoftokn3.so")
	if err != nil || len(found) == 0 {
		t.Fatalf("no libsoftokn3.so: apt install libnss3 (%v)", err)
	}
	cfg := secureunit.Config{
		Module:     found[0],
		Parameters: fmt.Sprintf("configdir='sql:%s' certPrefix='' keyPrefix='' secmod='' flags= dbTokenDescription='till'", t.TempDir()),
		Token:      "till",
		PIN:        secureunit.PINBytes([]byte("13572468")),
	}
	none := secureunit.PINBytes(nil)
	if err := secureunit.Initialise(cfg, none); err != nil {
		t.Fatal(err)
	}
	if err := secureunit.Initialise(cfg, none); !errors.Is(err, secureunit.ErrTokenExists) {
		t.Errorf("made twice: %v", err)
	}
	wrong := cfg
	wrong.PIN = secureunit.PINBytes([]byte("wrong"))
	if _, err := secureunit.Open(t.Context(), wrong); !errors.Is(err, secureunit.ErrWrongPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
	u := openAs(t, cfg)
	if _, err := secureunit.Open(t.Context(), wrong); !errors.Is(err, secureunit.ErrWrongPIN) {
		t.Errorf("wrong PIN beside an open unit: %v", err)
	}
	ensure(t, u, secureunit.Signing, secureunit.Agreement)
	w := newWorker(t, u)
	for n := range uint64(32) {
		if err := errors.Join(w.sign(n), w.derive(), w.scramble(t, 2*n+1)); err != nil {
			t.Fatal(err)
		}
	}
	// softokn answers CKR_DEVICE_ERROR to a wrong code, not that it is wrong:
	// refused all the same.
	held, code := draw(t, u, [32]byte{1})
	code[0] ^= 1
	if err := held.Spend(code, [32]byte{1}); err == nil {
		t.Error("wrong code accepted")
	}
	code[0] ^= 1
	if err := held.Spend(code, [32]byte{1}); !errors.Is(err, secureunit.ErrSpent) {
		t.Errorf("spent after a wrong code: %v", err)
	}
}
