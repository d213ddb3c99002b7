package money

// Entry is an amount while it is being keyed, as tills do it: digits move in from the right, so 7 8 00 is 78.00 in a
// currency of two decimals and no point is needed. It is a value: each key returns the next Entry and leaves the old one as
// it was, so a screen only shows what it is given. A key that cannot be taken returns the Entry unchanged, with the reason.
//
// The zero Entry has no currency; start with [NewEntry].
type Entry struct {
	minor    int64 // 0..MaxMinor
	currency Currency
}

// NewEntry is an empty entry. The error is an [*Error] of kind [ErrUnknownCurrency].
func NewEntry(currency Currency) (Entry, error) {
	if !currency.Known() {
		return Entry{}, unknownCurrency(currency.String())
	}
	return Entry{currency: currency}, nil
}

// Digit appends 0..9. The error is an [*Error]: [ErrTooLarge] when the amount has no room for it, [ErrNotANumber] for
// another value.
func (e Entry) Digit(digit int) (Entry, error) {
	if digit < 0 || digit > 9 {
		return e, notANumber("", "A key is one digit, 0 to 9.")
	}
	return e.shift(10, int64(digit))
}

// DoubleZero appends "00", both or, with [ErrTooLarge], neither.
func (e Entry) DoubleZero() (Entry, error) { return e.shift(100, 0) }

func (e Entry) shift(factor, digit int64) (Entry, error) {
	if !e.currency.Known() {
		return e, unknownCurrency(e.currency.String())
	}
	next := e.minor*factor + digit // at most MaxMinor*100: far inside int64
	if next > MaxMinor {
		return e, tooLarge(e.currency)
	}
	e.minor = next
	return e, nil
}

// Backspace drops the last digit; an empty entry stays empty.
func (e Entry) Backspace() Entry {
	e.minor /= 10
	return e
}

// Clear empties the entry.
func (e Entry) Clear() Entry {
	e.minor = 0
	return e
}

// Replace sets the whole entry to an amount, as a quick-amount key does. The error is an [*Error]; an amount of another
// currency is [ErrUnknownCurrency].
func (e Entry) Replace(a Amount) (Entry, error) {
	if err := a.Check(); err != nil {
		return e, err
	}
	if a.Currency != e.currency {
		return e, &Error{Kind: ErrUnknownCurrency, Text: a.Currency.String(), Hint: "This till takes " + e.currency.String() + "."}
	}
	e.minor = a.Minor
	return e, nil
}

// Empty says whether nothing, or only zeros, were keyed.
func (e Entry) Empty() bool { return e.minor == 0 }

// Currency is the currency being keyed.
func (e Entry) Currency() Currency { return e.currency }

// Amount is what was keyed; an empty entry is an [*Error] of kind [ErrZero].
func (e Entry) Amount() (Amount, error) { return Of(e.minor, e.currency) }

// Format shows the entry as it stands, "¥0.00" when empty; see [Amount.Format].
func (e Entry) Format(language string) string { return e.shown().Format(language) }

// Parts shows the entry as it stands; see [Amount.Parts].
func (e Entry) Parts(language string) Parts { return e.shown().Parts(language) }

func (e Entry) shown() Amount { return Amount{Minor: e.minor, Currency: e.currency} }
