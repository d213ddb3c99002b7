package steps

import (
	"context"
	"log/slog"
	"time"
)

// TapStep is a step of CN103942678A, claim 5.
type TapStep int

// The steps, with the party that does them.
const (
	TapLoaded    TapStep = 1 // wallet and settlement: virtual card applied for, topped up, transferred
	TapSelected  TapStep = 2 // terminal: field found (claim 6), application named
	TapMatched   TapStep = 3 // wallet's client application: the name is its own
	TapAsked     TapStep = 4 // terminal: GET VIRTUAL CARD NUMBER
	TapHanded    TapStep = 5 // wallet: the number handed to the trusted application
	TapEncrypted TapStep = 6 // trusted application: number encrypted, ciphertext signed
	TapReturned  TapStep = 7 // wallet's client application: ciphertext returned
	TapVerified  TapStep = 8 // terminal: signature verified, number decrypted and checked, PAY sent
	TapPaid      TapStep = 9 // trusted application: deducted; terminal: result verified
)

// String returns the step as the patent numbers it, "S4".
func (s TapStep) String() string { return "S" + string('0'+rune(s)) }

// What returns the step in a few words of English.
func (s TapStep) What() string {
	if s < TapLoaded || s > TapPaid {
		return "unknown step"
	}
	return [...]string{
		TapLoaded:    "virtual card applied for and loaded",
		TapSelected:  "field found, application selected by name",
		TapMatched:   "application's name matched",
		TapAsked:     "virtual card number asked for",
		TapHanded:    "card number handed to the trusted application",
		TapEncrypted: "card number encrypted, ciphertext signed",
		TapReturned:  "signed ciphertext returned",
		TapVerified:  "signature verified, number decrypted and checked, payment requested",
		TapPaid:      "amount deducted, result returned",
	}[s]
}

// LogTap writes a step to a structured log, as [Log] does; the attribute is
// called tap.
func LogTap(ctx context.Context, l *slog.Logger, s TapStep, took time.Duration, args ...any) {
	l.InfoContext(ctx, "step", append([]any{"tap", s.String(), "what", s.What(), "ms", float64(took.Microseconds()) / 1000}, args...)...)
}
