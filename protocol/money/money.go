// Package money is amounts as the protocol carries them: a whole number of minor units and an ISO 4217 numeric currency code.
//
// Guarantees: no floating point anywhere; every amount that this package hands out lies in 1..[MaxMinor] minor units of a
// currency of the active ISO 4217 list; text is read strictly (no sign, no grouping, no exponent, no more decimals than the
// currency has) so that what a person keyed, what is signed and what is shown cannot differ; [Amount.String] and [Parse] are
// inverse. Formatting for people follows Unicode CLDR through golang.org/x/text.
//
// Limits: it does no arithmetic and no exchange, and it lists only currencies that have a minor unit.
//
// Everything here is a pure value: safe for use by several goroutines.
package money

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxMinor is the largest amount, in minor units, that a message of the protocol can carry.
const MaxMinor = 9_999_999_999

// Amount is a sum of money. The zero Amount is not valid; see [Amount.Check].
type Amount struct {
	Minor    int64    // minor units (fen, cents; whole yen), 1..MaxMinor
	Currency Currency // ISO 4217 numeric code
}

// Of is the checked way to make an Amount from minor units.
func Of(minor int64, currency Currency) (Amount, error) {
	a := Amount{Minor: minor, Currency: currency}
	return a, a.Check()
}

// Check says whether the amount is one that the protocol can carry: an [*Error] of kind [ErrUnknownCurrency], [ErrZero],
// [ErrTooLarge] or, for a negative sum, [ErrNotANumber].
func (a Amount) Check() error {
	switch {
	case !a.Currency.Known():
		return unknownCurrency(a.Currency.String())
	case a.Minor == 0:
		return zero()
	case a.Minor < 0:
		return notANumber(strconv.FormatInt(a.Minor, 10), "An amount has no sign.")
	case a.Minor > MaxMinor:
		return tooLarge(a.Currency)
	}
	return nil
}

// String is the amount with all its decimals, a point, a space and the alphabetic code, in no language: "78.00 CNY". It is
// for logs, files and command lines; people are shown [Amount.Format].
func (a Amount) String() string {
	return plain(a.Minor, a.Currency.Digits()) + " " + a.Currency.String()
}

// Decimal is the number of [Amount.String] alone, "78.00"; [Parse] reads it back.
func (a Amount) Decimal() string { return plain(a.Minor, a.Currency.Digits()) }

// plain writes minor units with digits decimals and a point.
func plain(minor int64, digits int) string {
	sign := ""
	s := strconv.FormatInt(minor, 10)
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Parse reads a decimal amount as a person or a configuration file writes it: "78", "78.0", "78.00" and "0.5" in a currency
// of two decimals. ASCII digits with at most one point, at least one digit on either side of it, no leading zeros but the one
// before the point, no more decimals than the currency has.
//
// Errors are [*Error] of kind [ErrNotANumber], [ErrZero], [ErrTooLarge] or [ErrUnknownCurrency].
func Parse(text string, currency Currency) (Amount, error) {
	if !currency.Known() {
		return Amount{}, unknownCurrency(currency.String())
	}
	whole, fraction, pointed := strings.Cut(text, ".")
	digits := currency.Digits()
	switch {
	case text == "":
		return Amount{}, notANumber(text, "Key an amount.")
	case !allDigits(whole), pointed && !allDigits(fraction):
		return Amount{}, notANumber(text, "Use digits and one point only, for example 78.50.")
	case len(whole) > 1 && whole[0] == '0':
		return Amount{}, notANumber(text, "Leave out the zeros at the front.")
	case len(fraction) > digits:
		return Amount{}, notANumber(text, fmt.Sprintf("%s has %d decimals.", currency, digits))
	}
	// 11 digits exceed the limit whatever they are, and the check keeps ParseInt within int64.
	minorText := strings.TrimLeft(whole+fraction+strings.Repeat("0", digits-len(fraction)), "0")
	if minorText == "" {
		return Amount{}, zero()
	}
	if len(minorText) > len(strconv.Itoa(MaxMinor)) {
		return Amount{}, tooLarge(currency)
	}
	minor, err := strconv.ParseInt(minorText, 10, 64)
	if err != nil {
		return Amount{}, notANumber(text, "Use digits and one point only.")
	}
	return Of(minor, currency)
}

func allDigits(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
