package receipt

import (
	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
	"countersign/assets"
)

// Reason is a sale's reason in two to four words of the language, as on the screen; none is that it was cancelled.
func Reason(r sale.Reason, book assets.Phrasebook) string {
	if r == sale.ReasonNone {
		return book.Say("receipt.report.cancelled")
	}
	key, _ := reason.Phrase(r)
	return book.Say(key + ".heading")
}
