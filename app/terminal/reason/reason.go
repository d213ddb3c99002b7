// Package reason says which phrase of the assets tells why a sale was refused or ended: what happened in two to four words, and
// what to do in a sentence or two. The cashier's window, the manager's pages, receipts and reports all use this one list, so
// that a reason that is new has its words everywhere or nowhere. It puts nothing into words itself: whoever shows it knows
// the language, the amount and how many tries are left.
package reason

import (
	"slices"

	"countersign/app/terminal/sale"
)

// Unexpected is the phrase of a reason that has none of its own.
const Unexpected = "error.unexpected"

// Phrase is the key of a notice, without its last word: Phrase(r)+".heading" and ".text" are in the assets, and may take
// amount, currency and tries. It speaks of a sale that is over. A reason that is not known, none among them, is [Unexpected].
func Phrase(r sale.Reason) (key string, known bool) {
	if key, known = phrases()[r]; !known {
		return Unexpected, false
	}
	return key, true
}

// All lists the reasons that have a phrase, sorted.
func All() []sale.Reason {
	var list []sale.Reason
	for r := range phrases() {
		list = append(list, r)
	}
	slices.Sort(list)
	return list
}

func phrases() map[sale.Reason]string {
	return map[sale.Reason]string{
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
		sale.ReasonFingerPoor:     "error.finger-tries",
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
}
