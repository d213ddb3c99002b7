package screens

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/client"
	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// measure is the width of text on a phone, in Fyne's units, until it has been
// laid out.
const measure = 420

// phrases gives each reason its phrase in assets: what happened, what to do.
var phrases = map[client.Reason]string{
	client.ReasonNotOurs:         "wallet.error.not-ours",
	client.ReasonDamaged:         "wallet.error.damaged",
	client.ReasonNotGenuine:      "wallet.error.not-genuine",
	client.ReasonTerminalExpired: "wallet.error.terminal-expired",
	client.ReasonTerminalEarly:   "wallet.error.terminal-early",
	client.ReasonTerminalRevoked: "wallet.error.terminal-revoked",
	client.ReasonClockSkew:       "wallet.error.clock-ahead",
	client.ReasonStale:           "wallet.error.stale",
	client.ReasonExpired:         "wallet.error.expired",
	client.ReasonAnswered:        "wallet.error.answered",
	client.ReasonOtherSettlement: "wallet.error.other-settlement",
	client.ReasonNoSettlement:    "wallet.error.no-settlement",
	client.ReasonNoAccount:       "wallet.error.no-account",
	client.ReasonListStale:       "wallet.error.list-stale",
	client.ReasonOwnCertificate:  "wallet.error.wallet-expired",
	client.ReasonPIN:             "wallet.error.pin",
	client.ReasonPINLocked:       "wallet.error.pin-locked",
	client.ReasonDeclinedHere:    "wallet.error.declined-here",
	client.ReasonEnded:           "wallet.error.trusted-ended",
	client.ReasonCamera:          "wallet.error.camera-missing",
	client.ReasonToken:           "wallet.error.secure-unit-missing",
	client.ReasonFingerPoor:      "wallet.error.finger-poor",
	client.ReasonFingerTries:     "wallet.error.finger-tries",
	client.ReasonFingerNone:      "wallet.error.finger-none",
	client.ReasonSensorLost:      "wallet.error.sensor-missing",
	client.ReasonOtherReceipt:    "wallet.error.other-receipt",
	client.ReasonForgedReceipt:   "wallet.error.forged-receipt",
	client.ReasonRetryFinger:     "wallet.outcome.retry-finger",
	client.ReasonFinger:          "wallet.outcome.finger",
	client.ReasonWallet:          "wallet.outcome.wallet",
	client.ReasonTerminal:        "wallet.outcome.terminal",
	client.ReasonConflict:        "wallet.outcome.conflict",
	client.ReasonFunds:           "wallet.outcome.funds",
	client.ReasonDeclined:        "wallet.outcome.declined",
}

// reason puts a reason into words: two to four, and a sentence or two.
func (h *Handset) reason(r client.Reason) (heading, text string) {
	key, known := phrases[r]
	switch {
	case !known:
		key = "wallet.error.unexpected"
	case r == client.ReasonClockSkew && h.view.Ahead < 0:
		key = "wallet.error.clock-behind"
	}
	v := h.view
	return h.book.Notice(key, h.pairs(v.Shop, v.Amount, v.Currency)...)
}

// pairs are the values that a reason or an outcome may name.
func (h *Handset) pairs(shop string, amount protocol.Amount, currency protocol.Currency) []any {
	return []any{
		"shop", shop, "amount", h.format(amount, currency), "currency", money.Currency(currency).String(),
		"tries", h.view.TriesLeft, "minutes", int(math.Ceil(h.view.Ahead.Abs().Minutes())),
	}
}

// outcome chooses mark and words for how it ended.
func (h *Handset) outcome() (meaning widgets.Meaning, heading, text string) {
	v := h.view
	pairs := h.pairs(v.Shop, v.Amount, v.Currency)
	switch v.Ending {
	case client.Paid:
		heading, text = h.book.Notice("wallet.outcome.paid", pairs...)
		return widgets.Good, heading, text
	case client.Reversed:
		heading, text = h.book.Notice("wallet.outcome.reversed", pairs...)
		return widgets.Attention, heading, text
	case client.Late:
		heading, text = h.book.Notice("wallet.outcome.late", pairs...)
		return widgets.Refusal, heading, text
	case client.Unseen:
		heading, text = h.book.Notice("wallet.outcome.unseen", pairs...)
		return widgets.Refusal, heading, text
	}
	heading, text = h.reason(v.Reason)
	if v.Ending == client.Stopped && mild[v.Reason] {
		return widgets.Attention, heading, text
	}
	return widgets.Refusal, heading, text
}

// mild are the reasons to stop that are nobody's fault and can be mended at once.
var mild = map[client.Reason]bool{
	client.ReasonExpired: true, client.ReasonStale: true, client.ReasonAnswered: true, client.ReasonClockSkew: true,
	client.ReasonNoAccount: true, client.ReasonCamera: true, client.ReasonListStale: true, client.ReasonNoSettlement: true,
	client.ReasonDeclinedHere: true, client.ReasonEnded: true,
}

// account names an account as its owner knows it.
func (h *Handset) account(a trusted.Account) (title, detail string) {
	key := map[protocol.AccountKind]string{
		protocol.AccountBankCard: "wallet.account.bank", protocol.AccountCreditCard: "wallet.account.credit",
		protocol.AccountThirdParty: "wallet.account.third-party", protocol.AccountPrepaid: "wallet.account.prepaid",
	}[a.Kind]
	return h.book.Say("wallet.account.ending", "name", h.book.Say(key), "last", a.Ending), money.Currency(a.Currency).String()
}

func centred(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, fyne.TextAlignCenter, measure)
}

func leading(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, fyne.TextAlignLeading, measure)
}

// warning is something to heed, with its mark; heading or text may be empty.
func warning(heading, text string) fyne.CanvasObject {
	words := newStack(nil)
	if heading != "" {
		words.Add(leading(heading, widgets.SizeBody, widgets.ColorAttentionText))
	}
	if text != "" {
		words.Add(leading(text, widgets.SizeCaption, widgets.ColorText))
	}
	return container.New(beside{2 * widgets.Grid}, widgets.NewOutcomeMark(widgets.Attention, 40), words)
}

// trouble is a warning that the trusted application does not serve, or nil.
func (h *Handset) trouble() fyne.CanvasObject {
	switch h.view.Trusted {
	case client.TrustedRestarting:
		return warning(h.book.Notice("wallet.error.trusted-ended"))
	case client.TrustedLost:
		return warning(h.book.Notice("wallet.error.trusted-lost"))
	}
	return nil
}

// notice is what was wrong last, or otherwise.
func (h *Handset) notice(otherwise fyne.CanvasObject) fyne.CanvasObject {
	if h.view.Notice == client.ReasonNone {
		return otherwise
	}
	return warning(h.reason(h.view.Notice))
}
