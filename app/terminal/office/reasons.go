package office

import (
	"strings"

	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol/money"
)

// ReasonWords says a reason in two to four words and in a sentence; a reason that is not known here is said by its code. amount is the
// sale's.
func ReasonWords(book assets.Phrasebook, r sale.Reason, amount money.Amount) (heading, text string) {
	key, known := reason.Phrase(r)
	if !known {
		return string(r), string(r)
	}
	return book.Notice(key, "amount", amount.Format(book.Tag()), "currency", amount.Currency.String(), "tries", 1)
}

// ReasonsThatSay lists the reasons whose words hold a text, so that the log finds them in the reader's language.
func ReasonsThatSay(book assets.Phrasebook, text string) (list []sale.Reason) {
	text = strings.ToLower(strings.TrimSpace(text))
	if len([]rune(text)) < 2 || strings.Trim(text, "0123456789.,") == "" {
		return nil
	}
	for _, r := range reason.All() {
		if heading, _ := ReasonWords(book, r, money.Amount{Currency: money.CNY}); strings.Contains(strings.ToLower(heading), text) {
			list = append(list, r)
		}
	}
	return list
}
