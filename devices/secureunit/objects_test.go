package secureunit_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"

	"github.com/miekg/pkcs11"
)

func TestObjects(t *testing.T) {
	cfg := virtualtoken.ForTest(t, "phone")[0]
	u := openAs(t, cfg)
	for label, data := range map[string][]byte{
		"account/1": []byte("6222"), "account/2": {}, "certificate": bytes.Repeat([]byte{7}, 4096),
	} {
		if err := u.Store(t.Context(), label, data, strings.HasPrefix(label, "account")); err != nil {
			t.Fatal(err)
		}
		got, err := u.Load(label)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", label, len(got), err)
		}
	}
	labels, err := u.List("account/")
	if err != nil || !slices.Equal(labels, []string{"account/1", "account/2"}) {
		t.Errorf("labels %q: %v", labels, err)
	}
	if err := u.Delete("account/1"); err != nil {
		t.Error(err)
	}
	for _, err := range []error{u.Delete("account/1"), load(u, "account/1"), load(u, "account")} {
		if !errors.Is(err, secureunit.ErrNotFound) {
			t.Errorf("missing object: %v", err)
		}
	}
	for label, data := range map[string][]byte{
		"": {1}, strings.Repeat("x", secureunit.MaxLabel+1): {1}, "big": make([]byte, secureunit.MaxData+1),
	} {
		if err := u.Store(t.Context(), label, data, false); !errors.Is(err, secureunit.ErrTooLarge) {
			t.Errorf("label of %d, data of %d bytes: %v", len(label), len(data), err)
		}
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	u = openAs(t, cfg)
	if labels, err = u.List(""); err != nil || !slices.Equal(labels, []string{"account/2", "certificate"}) {
		t.Errorf("after reopening %q: %v", labels, err)
	}
}

func load(u *secureunit.Unit, label string) error {
	_, err := u.Load(label)
	return err
}

func TestSecretObjectsAreSeenByTheOwnerOnly(t *testing.T) {
	u := open(t)
	if err := u.Store(t.Context(), "account", []byte("6222"), true); err != nil {
		t.Fatal(err)
	}
	if err := u.Store(t.Context(), "certificate", []byte("public"), false); err != nil {
		t.Fatal(err)
	}
	r := intrude(t, "till")
	if n := len(r.find(t, pkcs11.CKO_DATA)); n != 2 {
		t.Errorf("logged in: %d objects", n)
	}
	if err := r.ctx.Logout(r.session); err != nil {
		t.Fatal(err)
	}
	if n := len(r.find(t, pkcs11.CKO_DATA)); n != 1 {
		t.Errorf("logged out: %d objects", n)
	}
}

func TestReplaceLeavesOneCopy(t *testing.T) {
	u := open(t)
	for _, data := range []string{"one", "two", "three"} {
		if err := u.Store(t.Context(), "x", []byte(data), data == "two"); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := secureunit.Copies(u, "x"); n != 1 || err != nil {
		t.Errorf("%d copies: %v", n, err)
	}
	if got, err := u.Load("x"); string(got) != "three" {
		t.Errorf("%q: %v", got, err)
	}
}

// What crashes leave: old and new side by side, or a new one that was torn.
func TestLoadPicksTheNewestIntactCopy(t *testing.T) {
	old, newer := secureunit.EncodeRecord(8, []byte("old")), secureunit.EncodeRecord(9, []byte("new"))
	torn := newer[:len(newer)-1]
	for name, c := range map[string]struct {
		copies [][]byte
		want   string // "" for not found
	}{
		"old before new":  {[][]byte{old, newer}, "new"},
		"new before old":  {[][]byte{newer, old}, "new"},
		"torn new":        {[][]byte{old, torn}, "old"},
		"empty new":       {[][]byte{old, newer[:4]}, "old"},
		"only a torn one": {[][]byte{torn}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := open(t)
			for _, value := range c.copies {
				if err := secureunit.StoreCopy(u, "x", value); err != nil {
					t.Fatal(err)
				}
			}
			got, err := u.Load("x")
			labels, listErr := u.List("")
			if c.want == "" {
				if !errors.Is(err, secureunit.ErrNotFound) || len(labels) != 0 || listErr != nil {
					t.Errorf("%q: %v; listed %q", got, err, labels)
				}
			} else if string(got) != c.want || len(labels) != 1 {
				t.Errorf("%q: %v; listed %q", got, err, labels)
			}
			if err := u.Store(t.Context(), "x", []byte("next"), false); err != nil {
				t.Fatal(err)
			}
			if got, err := u.Load("x"); string(got) != "next" {
				t.Errorf("stored after a crash: %q, %v", got, err)
			}
			if n, err := secureunit.Copies(u, "x"); n != 1 || err != nil {
				t.Errorf("%d copies: %v", n, err)
			}
			if err := u.Delete("x"); err != nil {
				t.Error(err)
			}
		})
	}
}
