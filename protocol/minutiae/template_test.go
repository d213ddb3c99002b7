package minutiae

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// scattered returns n minutiae at places of their own, as a finger of width ×
// height tenths of a millimetre might have them.
func scattered(r *rand.Rand, n, width, height int) []Minutia {
	taken := map[[2]uint8]bool{}
	var ms []Minutia
	for len(ms) < n {
		m := Minutia{
			X: uint8(1 + r.IntN(width)), Y: uint8(1 + r.IntN(height)),
			Kind: Kind(1 + r.IntN(2)), Angle: uint8(r.IntN(AngleSteps)),
		}
		if p := [2]uint8{m.X, m.Y}; !taken[p] {
			taken[p] = true
			ms = append(ms, m)
		}
	}
	return ms
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func mustEncode(t testing.TB, ms []Minutia, size Size) Template {
	t.Helper()
	template, err := Encode(ms, size)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func TestEncodeIsCanonical(t *testing.T) {
	r := random(1)
	for _, size := range []Size{Small, Large} {
		for n := MinMinutiae; n <= 90; n++ {
			ms := scattered(r, n, 120, 150)
			template := mustEncode(t, ms, size)
			if len(template) != int(size) {
				t.Fatalf("%d minutiae: %d bytes, want %d", n, len(template), size)
			}
			r.Shuffle(n, func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
			if !bytes.Equal(template, mustEncode(t, ms, size)) {
				t.Fatalf("%d minutiae: another order gives another template", n)
			}
			decoded, err := Decode(template)
			if err != nil {
				t.Fatal(err)
			}
			if want := min(n, size.Capacity()); len(decoded) != want {
				t.Fatalf("%d minutiae: %d kept, want %d", n, len(decoded), want)
			}
			if !bytes.Equal(template, mustEncode(t, decoded, size)) {
				t.Fatalf("%d minutiae: does not encode to the same bytes again", n)
			}
		}
	}
}

// The bytes of a template are frozen: this one was worked out by hand.
func TestEncodeBytes(t *testing.T) {
	ms := []Minutia{
		{X: 30, Y: 20, Kind: Ending, Angle: 63}, {X: 10, Y: 20, Kind: Bifurcation, Angle: 0},
		{X: 0, Y: 1, Kind: Other, Angle: 5}, {X: 1, Y: 0, Kind: Other, Angle: 0},
		{X: 255, Y: 255, Kind: Ending, Angle: 16}, {X: 7, Y: 30, Kind: Ending, Angle: 1},
		{X: 8, Y: 30, Kind: Ending, Angle: 2}, {X: 9, Y: 30, Kind: Bifurcation, Angle: 33},
	}
	want := append([]byte{
		1, 0, 0x00, 0, 1, 0x05, 10, 20, 0x80, 30, 20, 0x7f,
		7, 30, 0x41, 8, 30, 0x42, 9, 30, 0xa1, 255, 255, 0x50,
	}, make([]byte, 120-24)...)
	if got := mustEncode(t, ms, Small); !bytes.Equal(got, want) {
		t.Errorf("got %x\nwant %x", got, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	good := scattered(random(2), 20, 120, 150)
	with := func(m Minutia) []Minutia { return append([]Minutia{m}, good...) }
	onePlace := make([]Minutia, 20)
	for i := range onePlace {
		onePlace[i] = Minutia{X: 5, Y: 5, Kind: Ending, Angle: uint8(i)}
	}
	for name, c := range map[string]struct {
		ms   []Minutia
		size Size
		want error
	}{
		"no size":       {good, 0, ErrSize},
		"another size":  {good, 150, ErrSize},
		"none":          {nil, Small, ErrTooFew},
		"seven":         {good[:7], Small, ErrTooFew},
		"one place":     {onePlace, Small, ErrTooFew},
		"reserved kind": {with(Minutia{X: 1, Y: 1, Kind: 3}), Small, ErrMinutia},
		"angle":         {with(Minutia{X: 1, Y: 1, Angle: 64}), Small, ErrMinutia},
		"origin":        {with(Minutia{Kind: Ending}), Small, ErrMinutia},
	} {
		if _, err := Encode(c.ms, c.size); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := mustEncode(t, scattered(random(3), 20, 120, 150), Small)
	full := mustEncode(t, scattered(random(4), 60, 120, 150), Large)
	change := func(of Template, f func(Template) Template) []byte { return f(bytes.Clone(of)) }
	for name, c := range map[string]struct {
		template []byte
		want     error
	}{
		"empty":           {nil, ErrSize},
		"119 bytes":       {good[:119], ErrSize},
		"121 bytes":       {append(bytes.Clone(good), 0), ErrSize},
		"150 bytes":       {full[:150], ErrSize},
		"all zero small":  {make([]byte, 120), ErrTooFew},
		"all zero large":  {make([]byte, 180), ErrTooFew},
		"seven":           {append(bytes.Clone(full[:21]), make([]byte, 99)...), ErrTooFew},
		"hole":            {change(good, func(b Template) Template { clear(b[6:9]); return b }), ErrAfterZero},
		"padding not 0":   {change(good, func(b Template) Template { b[119] = 1; return b }), ErrAfterZero},
		"leading zeroes":  {append(make([]byte, 3), good[:117]...), ErrAfterZero},
		"origin":          {change(good, func(b Template) Template { copy(b, []byte{0, 0, 0x41}); return b }), ErrMinutia},
		"reserved kind":   {change(good, func(b Template) Template { b[2] |= 0xc0; return b }), ErrMinutia},
		"equal minutiae":  {change(good, func(b Template) Template { copy(b[3:6], b[:3]); return b }), ErrOrder},
		"one place twice": {change(good, func(b Template) Template { copy(b[3:5], b[:2]); b[2], b[5] = 0x40, 0x41; return b }), ErrOrder},
		"out of order": {change(full, func(b Template) Template {
			var first [3]byte
			copy(first[:], b[:3])
			copy(b[:3], b[30:33])
			copy(b[30:33], first[:])
			return b
		}), ErrOrder},
		"180 equal bytes": {bytes.Repeat([]byte{0x55}, 180), ErrOrder},
	} {
		if ms, err := Decode(c.template); !errors.Is(err, c.want) {
			t.Errorf("%s: got %d minutiae, %v; want %v", name, len(ms), err, c.want)
		}
	}
}

func TestSparsestKeepsTheOutskirts(t *testing.T) {
	var ms []Minutia
	for i := range 36 { // a crowd, 0.3 mm apart
		ms = append(ms, Minutia{X: uint8(60 + 3*(i%6)), Y: uint8(60 + 3*(i/6)), Kind: Ending})
	}
	far := []Minutia{{X: 1, Y: 1}, {X: 130, Y: 1}, {X: 1, Y: 150}, {X: 130, Y: 150}, {X: 10, Y: 70}}
	decoded, err := Decode(mustEncode(t, append(ms, far...), Small))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range far {
		found := false
		for _, m := range decoded {
			found = found || m == f
		}
		if !found {
			t.Errorf("the outlying %v was dropped for one in the crowd", f)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(mustEncode(f, scattered(random(5), 12, 120, 150), Small)))
	f.Add([]byte(mustEncode(f, scattered(random(6), 60, 250, 250), Large)))
	f.Add(make([]byte, 120))
	f.Add(bytes.Repeat([]byte{1}, 180))
	f.Fuzz(func(t *testing.T, data []byte) {
		ms, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Encode(ms, Size(len(data)))
		if err != nil {
			t.Fatalf("decoded, but does not encode: %v", err)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("encodes to other bytes:\n%x\n%x", data, again)
		}
		if s := Compare(ms, ms); s < 0 || s > MaxScore {
			t.Fatalf("score %d out of range", s)
		}
	})
}
