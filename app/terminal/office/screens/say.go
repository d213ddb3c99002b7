package screens

import (
	"slices"
	"time"

	"countersign/app/terminal/office"
	"countersign/protocol"
	"countersign/protocol/money"
)

// money is an amount in the shop's currency.
func (o *Office) money(a protocol.Amount) money.Amount {
	return money.Amount{Minor: int64(a), Currency: o.Currency}
}

// format writes an amount in the shop's currency as the language does.
func (o *Office) format(a protocol.Amount) string { return o.money(a).Format(o.book.Tag()) }

// formatIn writes an amount of another currency, or of none known.
func (o *Office) formatIn(a protocol.Amount, c protocol.Currency) string {
	if c == 0 {
		return o.format(a)
	}
	return money.Amount{Minor: int64(a), Currency: money.Currency(c)}.Format(o.book.Tag())
}

// now is the shop's time.
func (o *Office) now() time.Time { return o.Now().In(o.Location) }

// sticksFirst are the folders that a file can go to, what is plugged in before the terminal's own.
func (o *Office) sticksFirst() []office.Folder {
	list := slices.Clone(o.Folders())
	slices.SortStableFunc(list, func(a, b office.Folder) int {
		switch {
		case a.Removable == b.Removable:
			return 0
		case a.Removable:
			return -1
		}
		return 1
	})
	return list
}
