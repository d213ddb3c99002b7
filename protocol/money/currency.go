package money

import (
	"sort"
	"strconv"
)

// Currency is an ISO 4217 numeric code, 1..999.
type Currency uint16

// The currencies that the project's own configuration, examples and tests name.
const (
	CNY Currency = 156
	EUR Currency = 978
	GBP Currency = 826
	JPY Currency = 392
	USD Currency = 840
)

// Currencies lists every currency of the table in the order of its alphabetic code.
func Currencies() []Currency {
	table := currencyTable()
	list := make([]Currency, len(table))
	for i, row := range table {
		list[i] = row.numeric
	}
	return list
}

// CurrencyByCode finds a currency by its alphabetic code, in capitals: "CNY". The error is an [*Error] of kind
// [ErrUnknownCurrency].
func CurrencyByCode(alpha string) (Currency, error) {
	table := currencyTable()
	i := sort.Search(len(table), func(i int) bool { return table[i].alpha >= alpha })
	if i < len(table) && table[i].alpha == alpha {
		return table[i].numeric, nil
	}
	return 0, unknownCurrency(alpha)
}

func (c Currency) row() (currencyRow, bool) {
	for _, row := range currencyTable() {
		if row.numeric == c {
			return row, true
		}
	}
	return currencyRow{}, false
}

// Known says whether the code is in the table.
func (c Currency) Known() bool {
	_, ok := c.row()
	return ok
}

// String is the alphabetic code, "CNY", or the three-digit number of a code that is not in the table.
func (c Currency) String() string {
	if row, ok := c.row(); ok {
		return row.alpha
	}
	s := strconv.Itoa(int(c))
	for len(s) < 3 {
		s = "0" + s
	}
	return s
}

// Digits is how many decimals the currency has: 0, 2, 3 or 4. An unknown currency has 0.
func (c Currency) Digits() int {
	row, _ := c.row()
	return row.digits
}

// Symbol is the sign that is written beside an amount, "¥", or the alphabetic code where no sign is in common use.
func (c Currency) Symbol() string {
	if row, ok := c.row(); ok && row.symbol != "" {
		return row.symbol
	}
	return c.String()
}

// Name is the standard's English name, empty for an unknown code.
func (c Currency) Name() string {
	row, _ := c.row()
	return row.name
}
