package receipt

import (
	"testing"

	"countersign/assets"
	"countersign/devices/printer"
)

// Each word of a printer is said in each language, and no two alike.
func TestPrinterWords(t *testing.T) {
	for _, language := range assets.Languages() {
		book, err := assets.Phrases(language.Tag)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]printer.Word{}
		for _, w := range []printer.Word{printer.WordOpening, printer.WordReady, printer.WordMissing, printer.WordLost, printer.WordSilent, printer.WordOffline,
			printer.WordCover, printer.WordPaperOut, printer.WordPaperLow, printer.WordCutter, printer.WordFault, printer.WordDrawerOpen} {
			text := PrinterWord(w, book.Strict())
			if other, twice := said[text]; twice {
				t.Errorf("%s: %s and %s are both %q", language.Tag, w, other, text)
			}
			said[text] = w
		}
	}
}
