// Package steps names the fifteen steps of CN103985036A, so that programs log
// them alike and whoever reads the logs can follow one sale through all four
// parties.
package steps

import (
	"context"
	"log/slog"
	"time"
)

// Step is a step of CN103985036A, claim 1.
type Step int

// The steps, with the party that does them.
const (
	Enrolled         Step = 1  // everyone: certified by the authority
	AmountKeyed      Step = 2  // terminal
	RequestShown     Step = 3  // terminal: consumption QR code, scramble code in the token
	RequestRead      Step = 4  // wallet
	TerminalVerified Step = 5  // wallet
	PaymentSealed    Step = 6  // wallet's secure unit
	PaymentShown     Step = 7  // wallet: payment QR code
	PaymentRead      Step = 8  // terminal's camera
	PaymentOpened    Step = 9  // terminal's token
	ScrambleSpent    Step = 10 // terminal's token
	FingerTaken      Step = 11 // terminal, or the phone's own sensor
	SealedToServer   Step = 12 // terminal: settlement's key fetched and verified
	Submitted        Step = 13 // terminal to settlement
	Verified         Step = 14 // settlement: authority's signature, finger
	Answered         Step = 15 // settlement moves the money and answers
)

// What returns the step in a few words of English.
func (s Step) What() string {
	if s < Enrolled || s > Answered {
		return "unknown step"
	}
	return [...]string{
		Enrolled:         "certified by the authority",
		AmountKeyed:      "amount keyed",
		RequestShown:     "request signed and shown, scramble code kept in the token",
		RequestRead:      "request read by the phone",
		TerminalVerified: "terminal verified by the phone",
		PaymentSealed:    "payment signed and sealed by the phone",
		PaymentShown:     "payment shown by the phone",
		PaymentRead:      "payment read by the terminal",
		PaymentOpened:    "payment opened in the token and verified",
		ScrambleSpent:    "scramble code checked and spent in the token",
		FingerTaken:      "finger taken",
		SealedToServer:   "settlement's key verified, submission sealed",
		Submitted:        "submission sent",
		Verified:         "wallet, account and finger verified by settlement",
		Answered:         "money moved, outcome answered",
	}[s]
}

// Log writes a step to a structured log as attributes step, what and ms, beside
// what the caller adds. It must be given nothing secret.
func Log(ctx context.Context, l *slog.Logger, s Step, took time.Duration, args ...any) {
	l.InfoContext(ctx, "step", append([]any{"step", int(s), "what", s.What(), "ms", float64(took.Microseconds()) / 1000}, args...)...)
}
