package screens

import (
	"countersign/app/terminal/sale"
)

// phrases gives each reason its phrase in assets: what happened, what to do.
var phrases = map[sale.Reason]string{
	sale.ReasonNotOurs:        "error.not-ours",
	sale.ReasonDamaged:        "error.damaged",
	sale.ReasonOtherSale:      "error.other-sale",
	sale.ReasonOtherAmount:    "error.amount-differs",
	sale.ReasonOtherCurrency:  "error.currency-differs",
	sale.ReasonWrongCode:      "error.code-wrong",
	sale.ReasonOtherAuthority: "error.certificate-authority",
	sale.ReasonRole:           "error.certificate-role",
	sale.ReasonNotYetValid:    "error.certificate-not-yet-valid",
	sale.ReasonCertExpired:    "error.certificate-expired",
	sale.ReasonRevoked:        "error.certificate-revoked",
	sale.ReasonTimedOut:       "error.timed-out",
	sale.ReasonFingerPoor:     "error.finger-poor",
	sale.ReasonNoFinger:       "error.no-finger",
	sale.ReasonSensorLost:     "error.sensor-missing",
	sale.ReasonCameraLost:     "error.camera-missing",
	sale.ReasonToken:          "error.secure-unit-missing",
	sale.ReasonJournal:        "error.journal",
	sale.ReasonUnreachable:    "error.settlement-unreachable",
	sale.ReasonBusy:           "error.settlement-busy",
	sale.ReasonSettlement:     "error.settlement-not-genuine",
	sale.ReasonOwnCert:        "error.own-certificate",
	sale.ReasonListStale:      "error.list-stale",
	sale.ReasonFinger:         "terminal.outcome.finger",
	sale.ReasonRetryFinger:    "terminal.outcome.retry-finger",
	sale.ReasonWallet:         "terminal.outcome.wallet",
	sale.ReasonTerminal:       "terminal.outcome.terminal",
	sale.ReasonLate:           "terminal.outcome.late",
	sale.ReasonConflict:       "terminal.outcome.conflict",
	sale.ReasonFunds:          "terminal.outcome.funds",
	sale.ReasonReversed:       "terminal.outcome.reversed",
	sale.ReasonNoAnswer:       "terminal.outcome.unknown",
	sale.ReasonDeclined:       "terminal.outcome.declined",
	sale.ReasonFull:           "error.disk-full",
	sale.ReasonExceeds:        "terminal.refund.exceeds",
	sale.ReasonNotPaid:        "terminal.refund.not-paid",
	sale.ReasonMerchantFunds:  "terminal.refund.merchant-funds",
	sale.ReasonTapLost:        "error.tap-lost",
	sale.ReasonTapSlow:        "error.tap-slow",
	sale.ReasonTapTwo:         "error.tap-two",
	sale.ReasonTapNotOurs:     "error.tap-not-ours",
	sale.ReasonTapBad:         "error.tap-bad",
	sale.ReasonTapNumber:      "error.tap-number",
	sale.ReasonTapBlocked:     "error.tap-blocked",
	sale.ReasonTapExpired:     "error.tap-expired",
	sale.ReasonTapIssuer:      "error.tap-issuer",
	sale.ReasonTapCurrency:    "error.tap-currency",
	sale.ReasonTapFunds:       "error.tap-funds",
	sale.ReasonTapRefused:     "error.tap-refused",
	sale.ReasonTapNever:       "error.tap-never",
	sale.ReasonTapTorn:        "error.tap-torn",
	sale.ReasonTapOtherCard:   "error.tap-other-card",
	sale.ReasonTapMost:        "error.tap-most",
	sale.ReasonTapFull:        "error.tap-full",
	sale.ReasonTapCardMost:    "error.tap-card-most",
	sale.ReasonTapUnsent:      "error.tap-unsent",
	sale.ReasonBlocklist:      "error.tap-blocklist",
	sale.ReasonTapSettlement:  "error.tap-certificate",
	sale.ReasonReaderLost:     "error.reader-lost",
}

// saidOfTorn are the reasons whose words are true of a tap that may have been charged.
var saidOfTorn = map[sale.Reason]bool{sale.ReasonTapTwo: true, sale.ReasonTapNotOurs: true, sale.ReasonTapOtherCard: true,
	sale.ReasonTapFull: true, sale.ReasonJournal: true}

// reason puts a reason into words: two to four, and a sentence or two.
func (k *Kiosk) reason(r sale.Reason) (heading, text string) {
	key, known := phrases[r]
	switch {
	case !known:
		key = "error.unexpected"
	case r == sale.ReasonFingerPoor && k.view.Stage == sale.Ended:
		key = "error.finger-tries"
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
