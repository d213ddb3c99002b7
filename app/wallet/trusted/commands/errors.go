package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/program/pinhash"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// sentinel is an error that somebody decides on, with its name on the wire.
type sentinel struct {
	code string
	err  error
}

// sentinels are those that cross. A code is never given another meaning.
var sentinels = []sentinel{
	{"no-account", trusted.ErrNoAccount},
	{"answered", trusted.ErrAnswered},
	{"not-offered", trusted.ErrNotOffered},
	{"no-settlement", trusted.ErrNoSettlement},
	{"own-certificate", trusted.ErrOwnCertificate},
	{"not-pending", trusted.ErrNotPending},
	{"too-early", trusted.ErrTooEarly},
	{"finger-poor", trusted.ErrFingerPoor},
	{"sensor-lost", trusted.ErrSensorLost},
	{"undecided", trusted.ErrUndecided},
	{"never-seen", trusted.ErrNeverSeen},
	{"no-screen", trusted.ErrNoScreen},
	{"declined", trusted.ErrDeclined},
	{"prompt-over", trusted.ErrPromptOver},
	{"no-pin", trusted.ErrNoPIN},
	{"pin-set", trusted.ErrPINSet},
	{"wrong-pin", trusted.ErrWrongPIN},
	{"locked", trusted.ErrLocked},
	{"owner-damaged", trusted.ErrOwnerDamaged},
	{"mark", trusted.ErrMark},
	{"pin-policy", pinhash.ErrPolicy},
	{"not-ours", protocol.ErrNotOurs},
	{"malformed", protocol.ErrMalformed},
	{"range", protocol.ErrRange},
	{"signature", protocol.ErrSignature},
	{"sealed", protocol.ErrSealed},
	{"other-authority", protocol.ErrOtherAuthority},
	{"role", protocol.ErrRole},
	{"not-yet-valid", protocol.ErrNotYetValid},
	{"expired", protocol.ErrExpired},
	{"revoked", protocol.ErrRevoked},
	{"list-stale", protocol.ErrListStale},
	{"clock-skew", protocol.ErrClockSkew},
	{"request-stale", protocol.ErrRequestStale},
	{"request-expired", protocol.ErrRequestExpired},
	{"other-request", protocol.ErrOtherRequest},
	{"other-amount", protocol.ErrOtherAmount},
	{"other-currency", protocol.ErrOtherCurrency},
	{"other-settlement", protocol.ErrOtherSettlement},
	{"no-print", protocol.ErrNoPrint},
	{"card-waits", ErrCardWaits},
	{"card-refused", ErrCardRefused},
	{"card-none", purse.ErrNoCard},
	{"card-blocked", purse.ErrBlocked},
	{"card-rolled-back", purse.ErrRolledBack},
	{"card-clock", purse.ErrClock},
	{"card-ceiling", purse.ErrCeiling},
	{"card-funds", purse.ErrFunds},
	{"card-other-waits", purse.ErrWaits},
	{"card-full", purse.ErrFull},
	{"card-damaged", purse.ErrDamaged},
	{"card-declined", purse.ErrDeclined},
	{"card-number", protocol.ErrCardNumber},
	{"message", ErrMessage},
	{"usage", program.ErrUsage},
	{"canceled", context.Canceled},
	{"deadline", context.DeadlineExceeded},
}

// maxText bounds an error's text, in bytes.
const maxText = 4 << 10

// failure is an error on the wire.
type failure struct {
	Text  string   `json:"text"`
	Hint  string   `json:"hint,omitempty"`
	Codes []string `json:"codes,omitempty"`
	// Ahead is a SkewError's, Locked a LockedError's; nanoseconds.
	Ahead  time.Duration `json:"ahead,omitempty"`
	Locked time.Duration `json:"locked,omitempty"`
}

func failureOf(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Text: cut(err.Error()), Hint: cut(program.Hint(err))}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			f.Codes = append(f.Codes, s.code)
		}
	}
	var skew *trusted.SkewError
	if errors.As(err, &skew) {
		f.Ahead = skew.Ahead
	}
	var locked *trusted.LockedError
	if errors.As(err, &locked) {
		f.Locked = locked.For
	}
	return f
}

// cut is a text as it can cross: valid, and no longer than maxText.
func cut(text string) string {
	if len(text) > maxText {
		text = text[:maxText-len("…")] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}

// Error is what a command of the trusted application failed with.
type Error struct {
	text, hint string
	causes     []error
}

// err is the failure as an error again.
func (f *failure) err() error {
	if f == nil {
		return nil
	}
	e := &Error{text: f.Text, hint: f.Hint}
	for _, s := range sentinels {
		if slices.Contains(f.Codes, s.code) {
			e.causes = append(e.causes, s.err)
		}
	}
	if f.Ahead != 0 {
		e.causes = append(e.causes, &trusted.SkewError{Ahead: f.Ahead})
	}
	if f.Locked != 0 {
		e.causes = append(e.causes, &trusted.LockedError{For: f.Locked})
	}
	return e
}

// Error is the trusted side's text.
func (e *Error) Error() string { return e.text }

// Hint says what a person can do, or nothing.
func (e *Error) Hint() string { return e.hint }

// Unwrap returns what the error is on the trusted side.
func (e *Error) Unwrap() []error { return e.causes }
