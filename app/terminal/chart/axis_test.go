package chart

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"countersign/protocol/money"
)

func TestNiceStep(t *testing.T) {
	for _, test := range []struct {
		least, most int64
		steps       int
		unit, want  int64
	}{
		{0, 1000, 10, 100, 100},
		{0, 1001, 10, 100, 200},
		{0, 999_999, 5, 100, 200_000},
		{-300, 900, 6, 100, 500},
		{-1, 900, 6, 100, 200},
		{0, 7, 4, 100, 2}, // less than a whole unit
		{0, 3, 10, 1, 1},
		{0, 9_999_999_999, 4, 100, 5_000_000_000},
	} {
		if have := niceStep(test.least, test.most, test.steps, test.unit); have != test.want {
			t.Errorf("%+v: %d", test, have)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		part, total int64
		want        string
	}{{1, 2, "50 %"}, {0, 7, "0 %"}, {1, 1000, "< 1 %"}, {999, 1000, "> 99 %"}, {7, 7, "100 %"}, {1, 3, "33 %"}, {2, 3, "67 %"}} {
		if have := percent(test.part, test.total); have != test.want {
			t.Errorf("%d of %d is %q, want %q", test.part, test.total, have, test.want)
		}
	}
}

// pixels counts those of a colour.
func pixels(p image.Image, of color.Color) (n int) {
	want := color.RGBAModel.Convert(of)
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			if p.At(x, y) == want {
				n++
			}
		}
	}
	return n
}

// What is drawn is in proportion: bars stacked, shares, and a sentence for nothing.
func TestProportions(t *testing.T) {
	s := style(600, 400)
	colours := s.Palette.Series
	p, err := Bars(Data{Labels: []string{"a", "b"}, Currency: money.CNY, Series: []Series{{"", []int64{3000, 0}}, {"", []int64{1000, 1000}}}}, s)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := pixels(p, colours[0]), pixels(p, colours[1]); first*2 < second*3-second/5 || first*2 > second*3+second/5 {
		t.Errorf("%d pixels of the first, %d of the second: not 3 to 2", first, second)
	}
	if p, err = Shares(Parts{Parts: []Part{{"", 3}, {"", 1}, {"", -4}}}, s); err != nil {
		t.Fatal(err)
	}
	if first, second := pixels(p, colours[0]), pixels(p, colours[1]); first < second*27/10 || first > second*33/10 {
		t.Errorf("%d pixels of the first, %d of the second: not 3 to 1", first, second)
	}
	if p, err = Ranking(Parts{Parts: []Part{{"", 1}, {"", 4}}}, s); err != nil {
		t.Fatal(err)
	}
	if n := pixels(p, colours[0]); n == 0 {
		t.Error("no bars")
	}
	for name, draw := range map[string]func(Style) (image.Image, error){
		"bars":    func(s Style) (image.Image, error) { return Bars(Data{}, s) },
		"shares":  func(s Style) (image.Image, error) { return Shares(Parts{}, s) },
		"ranking": func(s Style) (image.Image, error) { return Ranking(Parts{Parts: []Part{{"x", 0}}}, s) },
	} {
		p, err := draw(s)
		if err != nil {
			t.Fatal(err)
		}
		if pixels(p, s.Palette.Ground) == 600*400 || pixels(p, colours[0]) > 0 {
			t.Errorf("%s: nothing is no quiet sentence", name)
		}
	}
}

func TestRefused(t *testing.T) {
	s := style(600, 400)
	if _, err := Bars(Data{Labels: []string{"a"}, Series: []Series{{"", nil}}}, s); !errors.Is(err, ErrData) {
		t.Errorf("no value: %v", err)
	}
	for name, spoil := range map[string]func(*Style){
		"no size": func(s *Style) { s.Width = 0 }, "no font": func(s *Style) { s.Font = []byte("font") }, "no colours": func(s *Style) { s.Palette = Palette{} },
	} {
		other := s
		spoil(&other)
		if _, err := Shares(Parts{}, other); !errors.Is(err, ErrStyle) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
