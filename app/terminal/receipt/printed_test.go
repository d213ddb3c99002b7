package receipt

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/paper"
	"countersign/assets"
	"countersign/devices/camera"
	"countersign/devices/printer/escpos"
	"countersign/devices/printer/virtualprinter"
)

// out is where pictures go that people look at: a folder that PAPER_OUT names; "" for nowhere.
func out() string { return os.Getenv("PAPER_OUT") }

func onPaper(t testing.TB, d paper.Document, p escpos.Profile) virtualprinter.Paper {
	t.Helper()
	job, err := paper.ESCPOS(d, p)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := virtualprinter.Decode(job, virtualprinter.Options{Dots: p.Dots, Fonts: virtualprinter.Fonts{Han: assets.Font(assets.Regular)}})
	if err != nil {
		t.Fatalf("what is sent to a %s printer: %v", p.Name, err)
	}
	return printed
}

// Every document in every language is strict ESC/POS, the longest on every printer, and no character of it is lost.
func TestEveryDocumentPrints(t *testing.T) {
	for _, language := range assets.Languages() {
		for name, d := range documents(t, language.Tag) {
			for i, p := range escpos.Profiles() {
				if few := name == "order" || name == "z"; !few && i != 1 { // the others on one, of 42 columns
					continue
				}
				printed := onPaper(t, d, p)
				if text := printed.Text(); strings.ContainsRune(text, escpos.Unprintable) {
					t.Errorf("%s in %s on %s lost a character:\n%s", name, language.Tag, p.Name, text)
				}
				if dir := out(); dir != "" {
					f, err := os.Create(filepath.Join(dir, language.Tag+"-"+name+"-"+p.Name+".png"))
					if err != nil {
						t.Fatal(err)
					}
					if err := png.Encode(f, printed.Picture()); err != nil {
						t.Error(err)
					}
					f.Close()
				}
			}
		}
	}
}

func TestTestPagePrintsOnEveryProfile(t *testing.T) {
	book, err := assets.Phrases("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range escpos.Profiles() {
		text := onPaper(t, TestPage(corner(), p, evening, book, shanghai(t)), p).Text()
		ruler := strings.Repeat("1234567890", 7)[:p.Columns]
		if !strings.Contains(text, "\n"+ruler+"\n") {
			t.Errorf("%s: the ruler of %d columns is not on a line:\n%s", p.Name, p.Columns, text)
		}
	}
}

// Documents in every language are PDFs that can be read, on a sheet and on a roll, with its Chinese right.
func TestDocumentsArePDFs(t *testing.T) {
	dir := t.TempDir()
	for _, language := range assets.Languages() {
		for name, d := range documents(t, language.Tag) {
			if name != "order" && name != "z" && name != "training" && name != "refund" && out() == "" {
				continue // the others are made of the same parts
			}
			for size, sheet := range map[string]paper.Sheet{"a4": paper.A4(), "roll": paper.Roll80()} {
				var b bytes.Buffer
				if err := paper.PDF(d, sheet, evening, &b); err != nil {
					t.Fatal(err)
				}
				if dir := out(); dir != "" {
					if err := os.WriteFile(filepath.Join(dir, language.Tag+"-"+name+"-"+size+".pdf"), b.Bytes(), 0o644); err != nil {
						t.Error(err)
					}
				}
				if name != "order" && name != "z" { // the program that reads them takes its time
					continue
				}
				file := filepath.Join(dir, "read.pdf")
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
				if err != nil {
					t.Fatalf("pdftotext (Debian: poppler-utils): %v", err)
				}
				for _, word := range strings.Fields(paper.Plain(d, 48)) {
					if strings.Trim(word, "-=*") != "" && !strings.Contains(string(text), strings.Trim(word, "*")) && !broken(word) {
						t.Errorf("%s in %s on %s lacks %q", name, language.Tag, size, word)
					}
				}
			}
		}
	}
}

// broken says of a word that it may be wrapped elsewhere on a sheet: Chinese.
func broken(word string) bool { return columns(word) != len([]rune(word)) }

// A receipt's code can be scanned off the paper, whether the printer drew it or it was sent as a picture, and off the PDF.
func TestCodeScansFromPaper(t *testing.T) {
	book, err := assets.Phrases("en")
	if err != nil {
		t.Fatal(err)
	}
	e := plainSale(7800, 156)
	e.Outcome = signedOutcome(t)
	d := Document(Facts{Shop: corner(), Entry: e, Code: true}, book, shanghai(t))
	scans := func(name string, img image.Image) {
		grey := image.NewGray(img.Bounds())
		draw.Draw(grey, grey.Bounds(), img, img.Bounds().Min, draw.Src)
		found, err := camera.Decode(grey)
		if err != nil || len(found) != 1 || found[0].Text != Code(e) {
			t.Errorf("%s: scanned %v, %v", name, found, err)
		}
	}
	for _, profile := range []string{"80mm", "58mm", "58mm-plain", "80mm-42"} {
		p, err := escpos.ByName(profile)
		if err != nil {
			t.Fatal(err)
		}
		scans(profile, onPaper(t, d, p).Picture())
	}
	var b bytes.Buffer
	if err := paper.PDF(d, paper.Roll80(), time.Unix(0, 0), &b); err != nil {
		t.Fatal(err)
	}
	stem := filepath.Join(t.TempDir(), "roll")
	if err := os.WriteFile(stem+".pdf", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("pdftoppm", "-r", "200", "-png", "-singlefile", stem+".pdf", stem).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm (Debian: poppler-utils): %v: %s", err, said)
	}
	f, err := os.Open(stem + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	scans("PDF", img)
}
