package minutiae

import (
	"errors"
	"testing"
)

func TestDigest(t *testing.T) {
	ms := scattered(random(20), 30, 120, 150)
	small, large := mustEncode(t, ms, Small), mustEncode(t, ms, Large)
	key, other := []byte("key of settlement"), []byte("another key")
	digest := func(key, template []byte) [32]byte {
		d, err := Digest(key, template)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if digest(key, small) != digest(key, large) {
		t.Error("padding changes the digest")
	}
	if digest(key, small) == digest(other, small) {
		t.Error("the key does not change the digest")
	}
	ms[0].Angle ^= 1
	if digest(key, small) == digest(key, mustEncode(t, ms, Small)) {
		t.Error("another minutia does not change the digest")
	}
	if _, err := Digest(key, small[:60]); !errors.Is(err, ErrSize) {
		t.Errorf("half a template: %v", err)
	}
}

func TestImplausiblyClose(t *testing.T) {
	r, fingers := random(21), 15
	if underRace {
		fingers = 3
	}
	for finger := range fingers {
		ms := scattered(r, 20+finger, 120, 150)
		for name, c := range map[string]struct {
			live []Minutia
			want bool
		}{
			"itself":              {ms, true},
			"one missing":         {ms[1:], true},
			"shifted":             {capture(r, ms, 0, 20, 15, 0, 0), true},
			"turned":              {capture(r, ms, 33, 40, 30, 0, 0), true},
			"a second capture":    {capture(r, ms, 8, 5, 5, 1.5, 2), false},
			"a very good capture": {capture(r, ms, 2, 1, 1, 1.5, 1), false},
			"another finger":      {scattered(r, 20+finger, 120, 150), false},
		} {
			if got := ImplausiblyClose(ms, c.live); got != c.want {
				t.Errorf("finger %d, %s: %v", finger, name, got)
			}
			if score, close := Judge(c.live, ms); score != Compare(c.live, ms) || close != c.want {
				t.Errorf("finger %d, %s: judged %d, %v", finger, name, score, close)
			}
			if ImplausiblyClose(c.live, ms) != ImplausiblyClose(ms, c.live) {
				t.Errorf("finger %d, %s: not symmetric", finger, name)
			}
		}
	}
	if ImplausiblyClose(nil, scattered(r, 10, 100, 100)) {
		t.Error("nothing is close to a finger")
	}
	line := hostile()["line"]
	if !ImplausiblyClose(line, line) {
		t.Error("a line is not close to itself")
	}
}
