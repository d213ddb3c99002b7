package paper

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/assets"
	"countersign/devices/printer/escpos"
	"countersign/devices/printer/virtualprinter"
)

// print sets a document for a profile and prints it on a virtual printer of that width.
func print(t testing.TB, d Document, p escpos.Profile) virtualprinter.Paper {
	t.Helper()
	job, err := ESCPOS(d, p)
	if err != nil {
		t.Fatal(err)
	}
	paper, err := virtualprinter.Decode(job, virtualprinter.Options{Dots: p.Dots, Fonts: virtualprinter.Fonts{Han: assets.Font(assets.Regular)}})
	if err != nil {
		t.Fatalf("what is sent to a %s printer: %v", p.Name, err)
	}
	return paper
}

// What is sent is strict ESC/POS for every profile, and amounts stand whole at the right edge.
func TestEveryProfilePrintsIt(t *testing.T) {
	for _, p := range escpos.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			paper := print(t, slip(), p)
			text := paper.Text()
			for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
				if columns(line) > float64(p.Columns) {
					t.Errorf("wider than the paper: %q", line)
				}
			}
			if p.Prints('€') && !strings.Contains(text, "€99,999,999.99\n") {
				t.Errorf("the total is broken, or not at the right edge:\n%s", text)
			}
			if strings.ContainsRune(text, escpos.Unprintable) {
				t.Errorf("a character was lost:\n%s", text)
			}
			if p.Prints('ß') && p.Prints('é') && (!strings.Contains(text, "Corner Café") || !strings.Contains(text, "Straße 7")) {
				t.Errorf("Latin text is missing:\n%s", text)
			}
			if p.Hanzi != strings.Contains(text, "街角咖啡馆") {
				t.Errorf("Han in the printer's own font: %v:\n%s", !p.Hanzi, text)
			}
			if codes := paper.Sheets[0].Codes; p.QR && (len(codes) != 1 || !strings.HasPrefix(codes[0], "CS1T:")) {
				t.Errorf("QR codes of its own: %q", codes)
			}
			if p.Cutter != paper.Sheets[len(paper.Sheets)-1].Cut {
				t.Error("cut, or not cut, as the printer cannot")
			}
			save(t, p.Name, paper)
		})
	}
}

// save puts a picture where PAPER_OUT says, to be looked at.
func save(t *testing.T, name string, paper virtualprinter.Paper) {
	t.Helper()
	dir := os.Getenv("PAPER_OUT")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, paper.Picture()); err != nil {
		t.Fatal(err)
	}
}

// Drawn lines have ink from edge to edge where an amount stands at the right, and white on black where it is reversed.
func TestDrawnLines(t *testing.T) {
	p, err := escpos.ByName("58mm-plain")
	if err != nil {
		t.Fatal(err)
	}
	ink := func(d Document) (left, right, share int) {
		img := print(t, d, p).Sheets[0].Image
		left, right = img.Rect.Dx(), 0
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if img.GrayAt(x, y).Y < 128 {
					left, right, share = min(left, x), max(right, x), share+1
				}
			}
		}
		return left, right, share * 100 / len(img.Pix)
	}
	if left, right, _ := ink(Document{Blocks: []Block{Text{Left: "合计", Right: "¥78.00"}}}); left > 6 || right < p.Dots-6 {
		t.Errorf("from %d to %d of %d dots", left, right, p.Dots)
	}
	if left, right, share := ink(Document{Blocks: []Block{Text{Left: "培训", Align: Centre, Reverse: true, Size: 2}}}); left != 0 || right != p.Dots-1 || share < 60 {
		t.Errorf("reversed: from %d to %d, %d %% ink", left, right, share)
	}
	if left, right, _ := ink(Document{Blocks: []Block{Text{Left: "合计", Align: Centre}}}); left < 100 || left+right < p.Dots-12 || left+right > p.Dots+12 {
		t.Errorf("in the middle: from %d to %d", left, right)
	}
}

// A picture wider than the paper is made smaller; grey becomes dots.
func TestPictures(t *testing.T) {
	p, err := escpos.ByName("58mm")
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(image.Rect(0, 0, 800, 400))
	for i := range grey.Pix {
		grey.Pix[i] = 128
	}
	img := print(t, Document{Blocks: []Block{Image{grey}}}, p).Sheets[0].Image
	if img.Rect.Dx() != 384 || img.Rect.Dy() != 192 {
		t.Errorf("%v", img.Rect)
	}
	black := 0
	for _, v := range img.Pix {
		if v == 0 {
			black++
		}
	}
	if share := black * 100 / len(img.Pix); share < 40 || share > 60 {
		t.Errorf("half grey is %d %% black", share)
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 10, 10)) // transparent is paper
	clear.Set(5, 5, color.Black)
	if sheet := print(t, Document{Blocks: []Block{Image{clear}}}, p).Sheets[0].Image; sheet.Rect.Dy() != 10 {
		t.Errorf("%v", sheet.Rect)
	}
}

// However it is wrapped, no character of a text gets lost, no line is too wide and the amount is whole.
func FuzzRows(f *testing.F) {
	f.Add("Flat white, oat milk", "¥4.00", 32, 1, 0)
	f.Add("小笼包（八只）配姜丝醋", "€99,999,999.99", 16, 3, 2)
	f.Add("", "1", 16, 2, 0)
	f.Add("averyveryverylongwordwithoutanyspace", "", 16, 2, 4)
	f.Fuzz(func(t *testing.T, left, right string, width, size, indent int) {
		if width < 16 || width > 64 || indent < 0 || indent > 4 || len(left)+len(right) > 400 {
			return
		}
		var have, amount strings.Builder
		for _, r := range rows(Text{Left: left, Right: right, Size: size, Indent: indent}, float64(width), float64(indent), 1, columns) {
			if used := (columns(r.left)+columns(r.right))*float64(r.size) + r.indent; used > float64(width)+1 { // a wide character in one column
				t.Errorf("%q and %q take %v of %d columns", r.left, r.right, used, width)
			}
			have.WriteString(r.left)
			amount.WriteString(r.right)
		}
		bare := func(s string) string { return strings.Join(strings.Fields(clean(s)), "") }
		if bare(have.String()) != bare(left) || bare(amount.String()) != bare(right) {
			t.Errorf("%q and %q became %q and %q", left, right, have.String(), amount.String())
		}
	})
}
