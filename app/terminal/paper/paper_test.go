package paper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// slip is a document with every kind of block and both scripts.
func slip() Document {
	return Document{Title: "Slip", Blocks: []Block{
		Text{Left: "Corner Café", Align: Centre, Size: 2, Bold: true},
		Text{Left: "街角咖啡馆", Align: Centre, Size: 2, Bold: true},
		Text{Left: "12 Long Street, Straße 7", Align: Centre},
		Space{},
		Text{Left: "No. 000123", Right: "22.11.2026 13:40"},
		Rule{},
		Text{Left: "Flat white, oat milk, extra shot, and a very long name indeed", Right: "¥4,000.50"},
		Text{Left: "2 × ¥2,000.25", Indent: 2},
		Text{Left: "小笼包（八只）配姜丝醋，另加一份辣椒油与香菜，不要葱", Right: "¥38.00"},
		Rule{Heavy: true},
		Text{Left: "Total", Right: "€99,999,999.99", Size: 2, Bold: true},
		Text{Left: "NOT A RECEIPT", Align: Centre, Reverse: true, Bold: true},
		QR{Text: "CS1T:" + strings.Repeat("ABC123 $%*+-./:", 17)},
		Text{Left: "Thank you — 谢谢惠顾！", Align: Centre},
		Cut{},
	}}
}

func TestPDFCanBeReadAndIsTheSameEachTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 13, 40, 0, 0, time.UTC)
	for name, sheet := range map[string]Sheet{"a4": A4(), "roll": Roll80()} {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, b := range []*bytes.Buffer{&first, &second} {
				if err := PDF(slip(), sheet, at, b); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("the same document gives other bytes")
			}
			file := filepath.Join(looked(t), name+".pdf")
			if err := os.WriteFile(file, first.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			text := pdfText(t, file)
			for _, want := range []string{"Corner Café", "街角咖啡馆", "Straße", "€99,999,999.99", "¥4,000.50", "谢谢惠顾！"} {
				if !strings.Contains(text, want) {
					t.Errorf("the PDF's text lacks %q:\n%s", want, text)
				}
			}
		})
	}
}

// looked is where a test puts what people look at: a folder that PAPER_OUT names, or one that goes away.
func looked(t *testing.T) string {
	if dir := os.Getenv("PAPER_OUT"); dir != "" {
		return dir
	}
	return t.TempDir()
}

func pdfText(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (Debian: poppler-utils): %v", err)
	}
	return string(out)
}
