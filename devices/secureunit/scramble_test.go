package secureunit_test

import (
	"errors"
	"sync"
	"testing"

	"countersign/devices/secureunit"
)

func draw(t testing.TB, u *secureunit.Unit, request [32]byte) (*secureunit.ScrambleCode, [16]byte) {
	t.Helper()
	c, err := u.DrawScrambleCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	code := c.Code()
	if err := c.Bind(request); err != nil {
		t.Fatal(err)
	}
	return c, code
}

func TestScrambleCode(t *testing.T) {
	u := open(t)
	request := [32]byte{1, 2, 3}
	for name, c := range map[string]struct {
		change func(code *[16]byte, request *[32]byte)
		want   error
	}{
		"right":         {func(*[16]byte, *[32]byte) {}, nil},
		"wrong code":    {func(code *[16]byte, _ *[32]byte) { code[15] ^= 1 }, secureunit.ErrWrongCode},
		"wrong request": {func(_ *[16]byte, r *[32]byte) { r[0] ^= 0x80 }, secureunit.ErrWrongCode},
	} {
		t.Run(name, func(t *testing.T) {
			held, code := draw(t, u, request)
			if held.Code() != [16]byte{} {
				t.Error("code still held after Bind")
			}
			offered, about := code, request
			c.change(&offered, &about)
			if err := held.Spend(offered, about); !errors.Is(err, c.want) {
				t.Fatalf("first spend: %v, want %v", err, c.want)
			}
			if err := held.Spend(code, request); !errors.Is(err, secureunit.ErrSpent) {
				t.Fatalf("second spend: %v", err)
			}
			if err := held.Bind(request); !errors.Is(err, secureunit.ErrSpent) {
				t.Fatalf("bind after spend: %v", err)
			}
			held.Discard()
		})
	}
}

func TestScrambleCodeIsNotBoundTwiceOrSpentUnbound(t *testing.T) {
	u := open(t)
	bound, code := draw(t, u, [32]byte{1})
	if err := bound.Bind([32]byte{2}); !errors.Is(err, secureunit.ErrNotBound) {
		t.Errorf("bound twice: %v", err)
	}
	if err := bound.Spend(code, [32]byte{1}); err != nil {
		t.Errorf("first binding lost: %v", err)
	}
	unbound, err := u.DrawScrambleCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := unbound.Spend(unbound.Code(), [32]byte{}); !errors.Is(err, secureunit.ErrNotBound) {
		t.Errorf("spent unbound: %v", err)
	}
	discarded, code := draw(t, u, [32]byte{1})
	discarded.Discard()
	if err := discarded.Spend(code, [32]byte{1}); !errors.Is(err, secureunit.ErrSpent) {
		t.Errorf("spent after discard: %v", err)
	}
}

func TestScrambleCodesDiffer(t *testing.T) {
	u := open(t)
	a, codeA := draw(t, u, [32]byte{1})
	b, codeB := draw(t, u, [32]byte{1})
	if codeA == codeB {
		t.Fatal("two draws gave one code")
	}
	if err := b.Spend(codeA, [32]byte{1}); !errors.Is(err, secureunit.ErrWrongCode) {
		t.Errorf("another sale's code: %v", err)
	}
	if err := a.Spend(codeA, [32]byte{1}); err != nil {
		t.Errorf("a code suffered from another's failure: %v", err)
	}
}

func TestScrambleCodeIsSpentOnceByManyAtOnce(t *testing.T) {
	u := open(t)
	held, code := draw(t, u, [32]byte{9})
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = held.Spend(code, [32]byte{9}) })
	}
	wg.Wait()
	good := 0
	for _, err := range errs {
		switch {
		case err == nil:
			good++
		case !errors.Is(err, secureunit.ErrSpent):
			t.Errorf("spend: %v", err)
		}
	}
	if good != 1 {
		t.Errorf("accepted %d times", good)
	}
}
