package receipt

import (
	"countersign/app/terminal/sale"
	"countersign/assets"
)

// Reason is a sale's reason in two to four words of the language, as on the screen; none is that it was cancelled.
func Reason(r sale.Reason, book assets.Phrasebook) string {
	if r == sale.ReasonNone {
		return book.Say("receipt.report.cancelled")
	}
	name := string(r)
	if other, ok := map[sale.Reason]string{ // whose phrases are under another name
		sale.ReasonOtherAmount:    "amount-differs",
		sale.ReasonOtherCurrency:  "currency-differs",
		sale.ReasonWrongCode:      "code-wrong",
		sale.ReasonOtherAuthority: "certificate-authority",
		sale.ReasonRole:           "certificate-role",
		sale.ReasonNotYetValid:    "certificate-not-yet-valid",
		sale.ReasonCertExpired:    "certificate-expired",
		sale.ReasonRevoked:        "certificate-revoked",
		sale.ReasonSensorLost:     "sensor-missing",
		sale.ReasonCameraLost:     "camera-missing",
		sale.ReasonToken:          "secure-unit-missing",
		sale.ReasonUnreachable:    "settlement-unreachable",
		sale.ReasonBusy:           "settlement-busy",
		sale.ReasonSettlement:     "settlement-not-genuine",
		sale.ReasonNoAnswer:       "unknown",
	}[r]; ok {
		name = other
	}
	for _, where := range []string{"error.", "terminal.outcome.", "terminal.refund."} {
		if key := where + name + ".heading"; book.Has(key) {
			return book.Say(key)
		}
	}
	return book.Say("error.unexpected.heading")
}
