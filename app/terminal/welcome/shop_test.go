package welcome

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
)

// What the installer's settings say of the shop is not asked, and cannot be told otherwise.
func TestShop(t *testing.T) {
	url, reference := "https://other.example", "M-2"
	for _, c := range []struct {
		installed Shop
		asked     []Step
		backs     []Step // from the devices
	}{
		{Shop{}, []Step{AtSettlement, AtMerchant}, []Step{AtSettlement}},
		{Shop{Settlement: known.Settlement}, []Step{AtMerchant}, []Step{AtMerchant}},
		{Shop{Merchant: known.Merchant}, []Step{AtSettlement}, []Step{AtSettlement}},
		{known, nil, nil},
	} {
		m := &machine{enrolled: true, manager: "anna", shop: c.installed}
		w, err := Open(t.Context(), filepath.Join(t.TempDir(), "first-run.json"), Installed{Shop: c.installed}, m)
		if err != nil {
			t.Fatal(err)
		}
		tell := func() (asked []Step) {
			for at := w.At(); at != AtDevices && len(asked) < 5; at = w.At() {
				asked = append(asked, at)
				if at == AtSettlement {
					err = w.TellSettlement(t.Context(), url)
				} else {
					err = w.TellMerchant(t.Context(), reference)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			return asked
		}
		if asked := tell(); !slices.Equal(asked, c.asked) {
			t.Errorf("%+v: asked for %v", c.installed, asked)
		}
		var backs []Step
		can := w.CanGoBack()
		if w.Back() {
			backs = append(backs, w.At())
		}
		if !slices.Equal(backs, c.backs) || can != (backs != nil) {
			t.Errorf("%+v: back to %v", c.installed, backs)
		}
		url, reference = "https://third.example", "M-3"
		if asked := tell(); !slices.Equal(asked, c.asked) {
			t.Errorf("%+v: told otherwise, %v", c.installed, asked)
		}
		want := c.installed
		if want.Settlement == "" {
			want.Settlement = url
		}
		if want.Merchant == "" {
			want.Merchant = reference
		}
		if m.shop != want {
			t.Errorf("%+v: told %+v", c.installed, m.shop)
		}
	}
	w, err := Open(t.Context(), filepath.Join(t.TempDir(), "first-run.json"), Installed{}, &machine{enrolled: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.TellSettlement(t.Context(), "http://x"); !errors.Is(err, ErrAddress) || w.At() != AtSettlement {
		t.Errorf("%v", err)
	}
	if err := w.TellSettlement(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", " ", "a b", "12345678901234567", "\x00", "\xff"} {
		if err := w.TellMerchant(t.Context(), text); !errors.Is(err, ErrMerchant) || w.At() != AtMerchant || TroubleOf(err).Phrase != "welcome.trouble.merchant" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if !w.Back() || w.At() != AtSettlement || w.Back() {
		t.Errorf("back to %v", w.At())
	}
}

// A first run is for a terminal that is not enrolled, was not told where sales go, or was
// begun and not finished.
func TestWanted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "first-run.json")
	for _, c := range []struct {
		machine machine
		want    bool
	}{
		{machine{}, true}, {machine{enrolled: true}, true}, {machine{shop: known}, true}, {machine{enrolled: true, shop: known}, false},
		{machine{enrolled: true, shop: Shop{Settlement: "https://s"}}, true}, {machine{enrolled: true, shop: Shop{Merchant: "M"}}, true},
	} {
		if want, err := Wanted(t.Context(), file, &c.machine); err != nil || want != c.want {
			t.Errorf("%+v: %v, %v", c.machine, want, err)
		}
	}
	if err := (progress{Language: "en"}).save(file); err != nil {
		t.Fatal(err)
	}
	if want, err := Wanted(t.Context(), file, &machine{enrolled: true, shop: known}); err != nil || !want {
		t.Errorf("begun: %v, %v", want, err)
	}
}
