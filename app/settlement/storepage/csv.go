package storepage

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/takings"
	"countersign/protocol/money"
)

// mostDays is how far back a table of totals goes.
const mostDays = 31

// writeTotals writes a merchant's takings by day, terminal and rail (RFC 4180), the
// days where the shop is. Amounts have a point and no separators, so that programs read
// them in every language.
func writeTotals(w io.Writer, merchant ledger.Account, lines []takings.Line) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	rows := [][]string{{"date", "merchant", "terminal", "rail", "currency", "paid_count", "paid", "reversed_count", "reversed", "refunded_count", "refunded", "net"}}
	currency := money.Currency(merchant.Currency)
	decimal := func(minor int64) string { return money.Amount{Minor: minor, Currency: currency}.Decimal() }
	for _, l := range lines {
		rows = append(rows, []string{l.From.Format("2006-01-02"), harmless(merchant.ID.Number()), harmless(string(l.Terminal)), l.Rail.String(), currency.String(),
			strconv.Itoa(l.PaidCount), decimal(l.Paid), strconv.Itoa(l.ReversedCount), decimal(l.Reversed), strconv.Itoa(l.RefundedCount), decimal(l.Refunded), decimal(l.Net())})
	}
	return table.WriteAll(rows)
}

// harmless keeps a spreadsheet from taking a name for a formula: it begins with an
// apostrophe then.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
