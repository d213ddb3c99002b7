package office

import (
	"slices"

	"countersign/protocol"
	"countersign/protocol/money"
)

// Piece is a note or coin.
type Piece struct {
	Worth money.Amount
	Coin  bool
}

// Pieces lists the notes and coins of a currency that are in use, the largest first; nil for a currency whose pieces are not
// known here, which is counted by its total. Sources: the central banks' lists of notes and coins in circulation (People's
// Bank of China, European Central Bank, Federal Reserve and US Mint, Bank of England and Royal Mint, Swiss National Bank and
// Swissmint, Bank of Japan, Hong Kong Monetary Authority).
func Pieces(c money.Currency) []Piece {
	var notes, coins []int64 // minor units
	switch c.String() {
	case "CNY":
		notes, coins = []int64{10000, 5000, 2000, 1000, 500, 100}, []int64{100, 50, 10}
	case "EUR":
		notes, coins = []int64{50000, 20000, 10000, 5000, 2000, 1000, 500}, []int64{200, 100, 50, 20, 10, 5, 2, 1}
	case "USD":
		notes, coins = []int64{10000, 5000, 2000, 1000, 500, 200, 100}, []int64{100, 50, 25, 10, 5, 1}
	case "GBP":
		notes, coins = []int64{5000, 2000, 1000, 500}, []int64{200, 100, 50, 20, 10, 5, 2, 1}
	case "CHF":
		notes, coins = []int64{100000, 20000, 10000, 5000, 2000, 1000}, []int64{500, 200, 100, 50, 20, 10, 5}
	case "JPY":
		notes, coins = []int64{10000, 5000, 2000, 1000}, []int64{500, 100, 50, 10, 5, 1}
	case "HKD":
		notes, coins = []int64{100000, 50000, 10000, 5000, 2000, 1000}, []int64{1000, 500, 200, 100, 50, 20, 10}
	}
	var list []Piece
	for _, n := range notes {
		list = append(list, Piece{money.Amount{Minor: n, Currency: c}, false})
	}
	for _, n := range coins {
		list = append(list, Piece{money.Amount{Minor: n, Currency: c}, true})
	}
	return slices.Clip(list)
}

// MostPieces is the most of one piece that is counted.
const MostPieces = 9999

// Count is how many there are of each of a currency's pieces, in their order.
type Count struct {
	pieces []Piece
	many   []int64
}

// NewCount starts at nothing.
func NewCount(c money.Currency) Count {
	pieces := Pieces(c)
	return Count{pieces, make([]int64, len(pieces))}
}

// Pieces are those that are counted.
func (c Count) Pieces() []Piece { return c.pieces }

// Many is how many there are of a piece.
func (c Count) Many(i int) int64 { return c.many[i] }

// Set says how many there are of a piece, at most [MostPieces]; more or less than nothing is not taken.
func (c Count) Set(i int, many int64) bool {
	if many < 0 || many > MostPieces {
		return false
	}
	c.many[i] = many
	return true
}

// Sum is what all are worth. It cannot overflow: the largest piece is 100,000, the most of each 9999.
func (c Count) Sum() (sum protocol.Amount) {
	for i, p := range c.pieces {
		sum += protocol.Amount(p.Worth.Minor * c.many[i])
	}
	return sum
}
