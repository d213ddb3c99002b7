package pinhash

import (
	"errors"
	"testing"
	"time"
)

var cheap = Costs{Memory: 8, Time: 1, Threads: 1}

func TestHashText(t *testing.T) {
	h := New([]byte("8140"), OWASP())
	back, err := Parse(h.Text())
	if err != nil || back != h || !back.Matches([]byte("8140")) || back.Matches([]byte("8141")) {
		t.Errorf("%s: %v", h.Text(), err)
	}
	if again := New([]byte("8140"), OWASP()); again.sum == h.sum {
		t.Error("the same salt twice")
	}
	for _, text := range []string{"", "$", h.Text() + "=", "$argon2i" + h.Text()[9:], "$argon2id$v=19$m=4294967295,t=1,p=1$" + h.Text()[30:]} {
		if _, err := Parse(text); !errors.Is(err, ErrHash) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNobodysHash(t *testing.T) {
	for _, pin := range [][]byte{nil, {}, []byte("8140")} {
		if New(nil, cheap).Matches(pin) {
			t.Errorf("%q is nobody's PIN", pin)
		}
	}
}

// Whatever is kept, it is read whole and written back the same, or refused.
func FuzzParse(f *testing.F) {
	f.Add(New([]byte("8140"), cheap).Text())
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if h, err := Parse(text); err == nil && h.Text() != text {
			t.Errorf("%q is written back as %q", text, h.Text())
		}
	})
}

func TestCheck(t *testing.T) {
	for _, pin := range []string{"8140", "274913", "123890", "11235813"} {
		if err := Check([]byte(pin), 4, 8); err != nil {
			t.Errorf("%s: %v", pin, err)
		}
	}
	for _, pin := range []string{"", "814", "1234", "0000", "9876", "7890", "2468", "1212", "123123", "12341234", "1984", "2026", "814081408", "814a", "８１４０", "-814"} {
		if err := Check([]byte(pin), 4, 8); !errors.Is(err, ErrPolicy) {
			t.Errorf("%s: %v", pin, err)
		}
	}
}

func TestLock(t *testing.T) {
	now := time.Unix(1795300000, 0)
	a := Attempts{}
	for n, want := range []time.Duration{0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		a = a.Counted(now)
		kept, until := a.Locked(now)
		if kept != a || until.Sub(now) != want {
			t.Errorf("after %d failures: locked for %v, want %v", n+1, until.Sub(now), want)
		}
	}
	// Set back by a day, the lock-out is its step from then, no more and no less.
	back := now.Add(-24 * time.Hour)
	if kept, until := a.Locked(back); !kept.At.Equal(back) || until.Sub(back) != time.Hour {
		t.Errorf("set back: %v, %v", kept, until)
	}
}
