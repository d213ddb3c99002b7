package screens

import (
	"slices"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
)

func protocolAmount(minor int64) protocol.Amount { return protocol.Amount(minor) }

// outcome is how a sale ended, for the customer.
type outcome struct {
	meaning       widgets.Meaning
	heading, text string
	amount        protocol.Amount
}

// ended says how it ended. It does not say why a payment was refused: others stand at the counter too.
func (d *Display) ended() outcome {
	v := d.view
	o := outcome{widgets.Refusal, "", "", v.Amount}
	switch {
	case v.Ending == sale.Paid && v.Cash != nil && v.Cash.Change > 0:
		o.meaning, o.amount = widgets.Good, v.Cash.Change
		o.heading, o.text = d.book.Notice("customer.cash.change", "due", d.said(v.Amount), "given", d.said(v.Cash.Given))
	case v.Ending == sale.Paid && v.Cash != nil:
		o.meaning = widgets.Good
		o.heading, o.text = d.book.Notice("customer.cash.exact", "due", d.said(v.Amount))
	case v.Ending == sale.Paid:
		o.meaning = widgets.Good
		o.heading, o.text = d.book.Notice("customer.paid")
		if v.Tip > 0 {
			o.text += " " + d.book.Say("customer.tip.of", "amount", d.said(v.Tip))
		}
	case v.Ending == sale.Refunded:
		o.meaning = widgets.Good
		o.heading, o.text = d.book.Notice("customer.refunded", "amount", d.said(v.Amount))
	case v.Ending == sale.Cancelled:
		o.meaning = widgets.Attention
		o.heading, o.text = d.book.Notice("customer.cancelled")
	case v.Ending == sale.Expired:
		o.heading, o.text = d.book.Notice("customer.expired")
	case v.Ending == sale.Reversed:
		o.meaning = widgets.Attention
		o.heading, o.text = d.book.Notice("customer.reversed")
	case v.Ending == sale.GivenUp:
		o.meaning = widgets.Attention
		o.heading, o.text = d.book.Notice("customer.given-up")
	default:
		o.heading, o.text = d.book.Notice("customer.unpaid")
	}
	return o
}

// fingerAdvice is what a customer can do; the rest of the sensor's advice is for the staff.
func fingerAdvice() []string {
	return []string{"clean-glass", "lift-and-clean", "lift-and-retry", "place-finger", "place-in-middle", "press-firmly", "press-lightly"}
}

// wrong is what was wrong with the last code, phone or finger and what the customer does now; empty for nothing.
func (d *Display) wrong() string {
	v := d.view
	for _, advice := range []string{v.Finger.Advice, v.Advice} {
		if slices.Contains(fingerAdvice(), advice) {
			return d.book.Say("finger.advice." + advice)
		}
	}
	if key := customerNotice(v.Notice); key != "" {
		return d.book.Say(key)
	}
	return ""
}

// customerNotice is the phrase for a reason, and empty for one that is the staff's concern or says no more than the page does.
func customerNotice(r sale.Reason) string {
	switch r {
	case sale.ReasonNotOurs, sale.ReasonDamaged:
		return "customer.notice.unread"
	case sale.ReasonOtherSale, sale.ReasonWrongCode, sale.ReasonOtherAmount, sale.ReasonOtherCurrency:
		return "customer.notice.other-code"
	case sale.ReasonOtherAuthority, sale.ReasonRole, sale.ReasonNotYetValid, sale.ReasonCertExpired, sale.ReasonRevoked, sale.ReasonListStale:
		return "customer.notice.wallet"
	case sale.ReasonRetryFinger, sale.ReasonFingerPoor, sale.ReasonFinger:
		return "customer.notice.finger"
	case sale.ReasonSensorLost:
		return "customer.notice.sensor"
	case sale.ReasonTapLost, sale.ReasonTapSlow, sale.ReasonTapRefused, sale.ReasonTapNever, sale.ReasonTapBad, sale.ReasonTapFull:
		return "customer.notice.phone"
	case sale.ReasonTapNotOurs:
		return "customer.notice.phone-open"
	case sale.ReasonTapTwo, sale.ReasonTapOtherCard:
		return "customer.notice.phone-two"
	case sale.ReasonTapNumber, sale.ReasonTapBlocked, sale.ReasonTapExpired, sale.ReasonTapIssuer, sale.ReasonTapCurrency, sale.ReasonTapFunds,
		sale.ReasonTapMost, sale.ReasonTapCardMost, sale.ReasonTapUnsent, sale.ReasonBlocklist, sale.ReasonTapSettlement, sale.ReasonReaderLost:
		return "customer.notice.phone-scan"
	}
	return ""
}
