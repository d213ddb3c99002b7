package shop

import (
	"slices"
	"strings"
	"testing"
)

func TestAccountNumber(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		number := AccountNumber(seed)
		if len(number) != 19 || !strings.HasPrefix(number, issuer) || strings.Trim(number, "0123456789") != "" {
			t.Fatalf("%q", number)
		}
		sum := 0 // Luhn, as a reader of numbers checks it: from the right, every second doubled
		for i := range number {
			d := int(number[len(number)-1-i] - '0')
			if i%2 == 1 {
				d = d*2/10 + d*2%10
			}
			sum += d
		}
		if sum%10 != 0 {
			t.Errorf("%s fails its check", number)
		}
		seen[number] = true
	}
	if len(seen) != 200 || !seen[AccountNumber(7)] {
		t.Error("numbers do not come from the seed")
	}
}

func TestBalance(t *testing.T) {
	list := `{"number":"funding","class":"funding","minor":-10000,"balance":"-100.00"}
{"number":"9990123456789012345","class":"payer","minor":2200,"balance":"22.00"}
`
	if got, err := balanceOf(list, "9990123456789012345"); err != nil || got != 2200 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := balanceOf(list, "9990999999999999999"); err == nil || strings.Contains(err.Error(), "99909") {
		t.Errorf("an account that is not there: %v", err)
	}
}

// A party has its own home and secure unit; the display is the one it is given,
// and a person's own display stays reachable.
func TestEnvironment(t *testing.T) {
	persons := []string{"PATH=/bin", "HOME=/home/me", "DISPLAY=:0", "SOFTHSM2_CONF=/home/me/hsm", "WAYLAND_DISPLAY=wayland-0",
		"COUNTERSIGN_TERMINAL_CONFIG=/etc/countersign/terminal.toml", "COUNTERSIGN_SETTLEMENT_LISTEN=0.0.0.0:1"}
	got := environment(persons, "/d/wallet", "SOFTHSM2_CONF=/d/wallet/unit/softhsm2.conf", []string{"DISPLAY=:7", "XAUTHORITY=/x", "WAYLAND_DISPLAY="})
	for _, want := range []string{"PATH=/bin", "HOME=/d/wallet", "DISPLAY=:7", "XAUTHORITY=/x", "WAYLAND_DISPLAY=", "SOFTHSM2_CONF=/d/wallet/unit/softhsm2.conf",
		"COUNTERSIGN_TERMINAL_CONFIG=", "COUNTERSIGN_SETTLEMENT_CONFIG=", "COUNTERSIGN_AUTHORITY_CONFIG="} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in %v", want, got)
		}
	}
	for _, name := range []string{"HOME=", "DISPLAY=", "SOFTHSM2_CONF=", "COUNTERSIGN_TERMINAL_", "COUNTERSIGN_SETTLEMENT_"} {
		if n := len(slices.DeleteFunc(slices.Clone(got), func(v string) bool { return !strings.HasPrefix(v, name) })); n != 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	if got := environment(persons, "/d/wallet", "SOFTHSM2_CONF=x", nil); !slices.Contains(got, "DISPLAY=:0") || !slices.Contains(got, "XAUTHORITY=/home/me/.Xauthority") {
		t.Errorf("the person's display is not reached: %v", got)
	}
}
