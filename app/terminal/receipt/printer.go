package receipt

import (
	"countersign/assets"
	"countersign/devices/printer"
)

// PrinterWord is what is the matter with a printer, in two to four words for the row of marks.
func PrinterWord(w printer.Word, book assets.Phrasebook) string {
	if key := "receipt.printer." + string(w); book.Has(key) {
		return book.Say(key)
	}
	return book.Say("receipt.printer.fault")
}
