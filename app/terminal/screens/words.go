package screens

import (
	"countersign/app/terminal/reason"
	"countersign/app/terminal/sale"
)

// saidOfTorn are the reasons whose words are true of a tap that may have been charged.
var saidOfTorn = map[sale.Reason]bool{sale.ReasonTapTwo: true, sale.ReasonTapNotOurs: true, sale.ReasonTapOtherCard: true,
	sale.ReasonTapFull: true, sale.ReasonJournal: true}

// reason puts a reason into words: two to four, and a sentence or two.
func (k *Kiosk) reason(r sale.Reason) (heading, text string) {
	key, _ := reason.Phrase(r)
	switch {
	case r == sale.ReasonFingerPoor && k.view.Stage != sale.Ended:
		key = "error.finger-poor"
	case r == sale.ReasonTimedOut && k.view.Attempt > 0:
		key = "error.finger-timed-out"
	}
	amount := k.money()
	heading, text = k.book.Notice(key, "amount", amount.Format(k.book.Tag()), "currency", amount.Currency.String(), "tries", k.view.AttemptsLeft+1)
	if k.view.Stage == sale.Torn && !saidOfTorn[r] { // else it says that nothing was charged, or that scanning works
		text = k.book.Say("error.tap-still-torn.text")
	}
	return heading, text
}
