package chart

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"countersign/assets"
	"countersign/protocol/money"
)

var gallery = flag.String("gallery", "", "`directory` to save each chart to, to look at")

func dark() Palette {
	return Palette{
		Ground: color.NRGBA{0x10, 0x18, 0x20, 0xff}, Text: color.NRGBA{0xf1, 0xf3, 0xf5, 0xff}, Quiet: color.NRGBA{0xad, 0xb5, 0xbd, 0xff},
		Series: []color.Color{color.NRGBA{0x12, 0xb8, 0x86, 0xff}, color.NRGBA{0x33, 0x9a, 0xf0, 0xff}, color.NRGBA{0xf5, 0x9f, 0x00, 0xff}},
	}
}

func light() Palette {
	p := dark()
	p.Ground, p.Text, p.Quiet = color.White, color.NRGBA{0x10, 0x18, 0x20, 0xff}, color.NRGBA{0x49, 0x50, 0x57, 0xff}
	return p
}

func style(width, height int) Style {
	return Style{Width: width, Height: height, Font: assets.Font(assets.Regular), Palette: dark(), Language: "en", Empty: "No sales on this day."}
}

func hours(currency money.Currency, names ...string) Data {
	d := Data{Title: "Takings by hour", Currency: currency}
	for n, name := range names {
		s := Series{Name: name}
		for h := range 24 {
			v := int64(0)
			if h > 7 && h < 20 {
				v = int64((h*7919+n*104729)%90000 + 1000)
			}
			s.Values = append(s.Values, v)
		}
		d.Series = append(d.Series, s)
	}
	for h := range 24 {
		d.Labels = append(d.Labels, fmt.Sprintf("%02d", h))
	}
	return d
}

func days(n int) Data {
	d := Data{Title: "Umsatz nach Tagen", Currency: money.EUR, Series: []Series{{Name: "Code gescannt"}, {Name: "Karte ans Lesegerät gehalten"}, {Name: "Bargeld"}}}
	for day := range n {
		d.Labels = append(d.Labels, fmt.Sprintf("%d. Nov.", day+1))
		for i := range d.Series {
			v := int64((day*7919+i*104729)%9000000 + 1000)
			if day%6 == 5 && i == 2 {
				v = -v / 3
			}
			d.Series[i].Values = append(d.Series[i].Values, v)
		}
	}
	return d
}

func picture(t *testing.T, name string, p image.Image, err error) image.Image {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if *gallery != "" {
		f, err := os.Create(filepath.Join(*gallery, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, p), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// drawings are the charts that are looked at, in every way they can be.
func drawings() map[string]func(Style) (image.Image, error) {
	zh := Parts{Title: "各付款方式占比", Currency: money.CNY, Parts: []Part{{"扫码", 1234500}, {"碰一碰", 456700}, {"现金", 120}}}
	return map[string]func(Style) (image.Image, error){
		"hours": func(s Style) (image.Image, error) { return Bars(hours(money.CNY, "Scan", "Tap", "Cash"), s) },
		"hours-zh": func(s Style) (image.Image, error) {
			s.Language = "zh"
			d := hours(money.CNY, "扫码", "碰一碰", "现金")
			d.Title = "按小时的收款"
			return Bars(d, s)
		},
		"one-hour": func(s Style) (image.Image, error) {
			return Bars(Data{Labels: []string{"09"}, Series: []Series{{"", []int64{7}}}, Currency: money.CNY}, s)
		},
		"yen":     func(s Style) (image.Image, error) { return Bars(hours(money.JPY, "Scan"), s) },
		"days-de": func(s Style) (image.Image, error) { s.Language = "de"; return Bars(days(31), s) },
		"week-de": func(s Style) (image.Image, error) { s.Language = "de"; return Bars(days(7), s) },
		"counts": func(s Style) (image.Image, error) {
			return Bars(Data{Labels: []string{"Mon", "Tue"}, Series: []Series{{"Refused", []int64{3, 1}}}}, s)
		},
		"empty":      func(s Style) (image.Image, error) { return Bars(hours(money.CNY), s) },
		"shares-zh":  func(s Style) (image.Image, error) { s.Language = "zh"; return Shares(zh, s) },
		"shares-one": func(s Style) (image.Image, error) { return Shares(Parts{Parts: []Part{{"Cash", 5}}}, s) },
		"shares-no": func(s Style) (image.Image, error) {
			s.Empty = "今天还没有收款。请先完成一笔付款，然后再看这里。"
			return Shares(Parts{Title: "占比"}, s)
		},
		"refusals": func(s Style) (image.Image, error) {
			return Ranking(Parts{Title: "Refusals by reason", Parts: []Part{
				{"Not enough money in the account", 41}, {"Not the owner's finger", 17}, {"Nobody paid in time", 9}, {"本机的密钥已满 and a very long sentence that goes on and on beyond the edge of the picture and further", 2}, {"None", 0},
			}}, s)
		},
	}
}

// Guarantee 1: whatever is drawn, nothing touches the picture's edges.
func TestNothingClipped(t *testing.T) {
	for name, draw := range drawings() {
		for _, size := range []Style{style(960, 420), style(480, 320), style(360, 700), style(120, 60), style(1, 1)} {
			for _, look := range []struct {
				name    string
				palette Palette
				scale   float32
			}{{"dark", dark(), 1}, {"light", light(), 2}} {
				size.Palette, size.Scale = look.palette, look.scale
				whole := fmt.Sprintf("%s-%dx%d-%s", name, size.Width, size.Height, look.name)
				p, err := draw(size)
				picture(t, whole, p, err)
				b := p.Bounds()
				if _, ok := p.(*image.RGBA); !ok || b.Dx() != size.Width || b.Dy() != size.Height {
					t.Fatalf("%s: %T of %v", whole, p, b)
				}
				if b.Dx() < 2 {
					continue
				}
				ground := color.RGBAModel.Convert(size.Palette.Ground)
				for x := range b.Dx() {
					if p.At(x, 0) != ground || p.At(x, b.Dy()-1) != ground {
						t.Errorf("%s: something is at the upper or lower edge, at %d", whole, x)
						break
					}
				}
				for y := range b.Dy() {
					if p.At(0, y) != ground || p.At(b.Dx()-1, y) != ground {
						t.Errorf("%s: something is at the left or right edge, at %d", whole, y)
						break
					}
				}
			}
		}
	}
}
