package office

import (
	"strings"

	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/protocol/money"
)

// reasons gives each reason the notice that the cashier was shown: what happened, what to do.
func reasons() map[sale.Reason]string {
	return map[sale.Reason]string{
		sale.ReasonNotOurs: "error.not-ours", sale.ReasonDamaged: "error.damaged", sale.ReasonOtherSale: "error.other-sale",
		sale.ReasonOtherAmount: "error.amount-differs", sale.ReasonOtherCurrency: "error.currency-differs",
		sale.ReasonWrongCode: "error.code-wrong", sale.ReasonOtherAuthority: "error.certificate-authority",
		sale.ReasonRole: "error.certificate-role", sale.ReasonNotYetValid: "error.certificate-not-yet-valid",
		sale.ReasonCertExpired: "error.certificate-expired", sale.ReasonRevoked: "error.certificate-revoked",
		sale.ReasonTimedOut: "error.timed-out", sale.ReasonFingerPoor: "error.finger-tries", sale.ReasonNoFinger: "error.no-finger",
		sale.ReasonSensorLost: "error.sensor-missing", sale.ReasonCameraLost: "error.camera-missing",
		sale.ReasonToken: "error.secure-unit-missing", sale.ReasonJournal: "error.journal",
		sale.ReasonUnreachable: "error.settlement-unreachable", sale.ReasonBusy: "error.settlement-busy",
		sale.ReasonSettlement: "error.settlement-not-genuine", sale.ReasonOwnCert: "error.own-certificate",
		sale.ReasonListStale: "error.list-stale", sale.ReasonFinger: "terminal.outcome.finger",
		sale.ReasonRetryFinger: "terminal.outcome.retry-finger", sale.ReasonWallet: "terminal.outcome.wallet",
		sale.ReasonTerminal: "terminal.outcome.terminal", sale.ReasonLate: "terminal.outcome.late",
		sale.ReasonConflict: "terminal.outcome.conflict", sale.ReasonFunds: "terminal.outcome.funds",
		sale.ReasonReversed: "terminal.outcome.reversed", sale.ReasonNoAnswer: "terminal.outcome.unknown",
		sale.ReasonDeclined: "terminal.outcome.declined", sale.ReasonFull: "error.disk-full",
		sale.ReasonExceeds: "terminal.refund.exceeds", sale.ReasonNotPaid: "terminal.refund.not-paid",
		sale.ReasonMerchantFunds: "terminal.refund.merchant-funds",
		sale.ReasonTapLost:       "error.tap-lost", sale.ReasonTapSlow: "error.tap-slow", sale.ReasonTapTwo: "error.tap-two",
		sale.ReasonTapNotOurs: "error.tap-not-ours", sale.ReasonTapBad: "error.tap-bad", sale.ReasonTapNumber: "error.tap-number",
		sale.ReasonTapBlocked: "error.tap-blocked", sale.ReasonTapExpired: "error.tap-expired", sale.ReasonTapIssuer: "error.tap-issuer",
		sale.ReasonTapCurrency: "error.tap-currency", sale.ReasonTapFunds: "error.tap-funds", sale.ReasonTapRefused: "error.tap-refused",
		sale.ReasonTapNever: "error.tap-never", sale.ReasonTapTorn: "error.tap-torn", sale.ReasonTapOtherCard: "error.tap-other-card",
		sale.ReasonTapFull: "error.tap-full", sale.ReasonTapMost: "error.tap-most", sale.ReasonTapCardMost: "error.tap-card-most",
		sale.ReasonTapUnsent: "error.tap-unsent", sale.ReasonBlocklist: "error.tap-blocklist",
		sale.ReasonTapSettlement: "error.tap-certificate", sale.ReasonReaderLost: "error.reader-lost",
	}
}

// ReasonWords says a reason in two to four words and in a sentence; a reason that is not known here is said by its code. amount is the
// sale's.
func ReasonWords(book assets.Phrasebook, r sale.Reason, amount money.Amount) (heading, text string) {
	key, known := reasons()[r]
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
	for r := range reasons() {
		if heading, _ := ReasonWords(book, r, money.Amount{Currency: money.CNY}); strings.Contains(strings.ToLower(heading), text) {
			list = append(list, r)
		}
	}
	return list
}
