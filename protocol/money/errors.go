package money

import (
	"errors"
	"fmt"
)

// The kinds of refusal. Every error of this package is an [*Error] that wraps one of them; test with errors.Is.
var (
	ErrZero            = errors.New("amount is zero")
	ErrTooLarge        = errors.New("amount is too large")
	ErrNotANumber      = errors.New("amount is not a number")
	ErrUnknownCurrency = errors.New("currency is not in ISO 4217's active list")
)

// Error is a refused amount.
type Error struct {
	Kind error  // ErrZero, ErrTooLarge, ErrNotANumber or ErrUnknownCurrency
	Text string // what was refused, at most 32 bytes of it; may be empty
	Hint string // what to do, an English sentence for logs and command lines; screens use their own phrase for Kind
}

// Error names the kind and what was refused.
func (e *Error) Error() string {
	if e.Text == "" {
		return e.Kind.Error()
	}
	return fmt.Sprintf("%v: %q", e.Kind, e.Text)
}

// Unwrap gives Kind.
func (e *Error) Unwrap() error { return e.Kind }

func zero() error { return &Error{Kind: ErrZero, Hint: "Key an amount above zero."} }

func tooLarge(c Currency) error {
	return &Error{Kind: ErrTooLarge, Hint: "The largest amount is " + plain(MaxMinor, c.Digits()) + " " + c.String() + ". Split the sale."}
}

func notANumber(text, hint string) error {
	return &Error{Kind: ErrNotANumber, Text: text[:min(len(text), 32)], Hint: hint}
}

func unknownCurrency(code string) error {
	return &Error{Kind: ErrUnknownCurrency, Text: code[:min(len(code), 32)], Hint: "Use a code of ISO 4217's active list, for example CNY (156)."}
}
