package secureunit_test

import (
	"context"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// open makes a token for the time of the test and opens it.
func open(t testing.TB) *secureunit.Unit {
	t.Helper()
	return openAs(t, virtualtoken.ForTest(t, "till")[0])
}

func openAs(t testing.TB, cfg secureunit.Config) *secureunit.Unit {
	t.Helper()
	u, err := secureunit.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return u
}

func ensure(t testing.TB, u *secureunit.Unit, purposes ...secureunit.Purpose) {
	t.Helper()
	for _, p := range purposes {
		made, err := u.EnsureKey(t.Context(), p)
		if err != nil || !made {
			t.Fatalf("make %s key: made %v, %v", p, made, err)
		}
	}
}
