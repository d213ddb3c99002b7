package logbook

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/money"
)

// byteOrderMark has spreadsheets take a file for UTF-8.
const byteOrderMark = "\ufeff"

// csvNames are the columns of an export.
func csvNames() []string {
	return []string{
		"number", "kind", "began", "ended", "amount", "net", "tip", "currency", "rail", "ending", "reason", "state",
		"cashier", "shift", "card", "reference", "of",
	}
}

// csvLines writes RFC 4180.
type csvLines struct {
	to    *bufio.Writer
	w     *csv.Writer
	mark  bool
	coins coins
	cells []string
}

func newCSV(to *bufio.Writer, mark bool) *csvLines {
	w := csv.NewWriter(to)
	w.UseCRLF = true
	return &csvLines{to: to, w: w, mark: mark, coins: coins{}}
}

func (c *csvLines) begin() error {
	if c.mark {
		if _, err := c.to.WriteString(byteOrderMark); err != nil {
			return err
		}
	}
	return c.w.Write(csvNames())
}

func (c *csvLines) row(r Row, net int64, in *time.Location) error {
	of := c.coins.of(r.Currency)
	c.cells = append(c.cells[:0],
		strconv.FormatUint(r.Sale, 10), kind(r), stamp(r.At, in), stamp(r.Ended, in),
		of.decimal(int64(r.Amount)), of.decimal(net), of.decimal(int64(r.Tip)), of.code,
		harmless(string(r.Rail)), harmless(string(r.Ending)), harmless(string(r.Reason)), string(r.State),
		harmless(string(r.Cashier)), counted(r.Shift), harmless(r.Card), counted(r.Reference), counted(r.Of),
	)
	return c.w.Write(c.cells)
}

func (c *csvLines) end() error {
	c.w.Flush()
	return c.w.Error()
}

// harmless keeps a text from being taken for a formula: spreadsheets take for one what
// begins with = + - @, a tab or a line's end, and some their broad forms too.
func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:firstRune(text)], "=+-@\t\r\n＝＋－＠") {
		return "'" + text
	}
	return text
}

// firstRune is the size of the first character.
func firstRune(text string) int {
	for n := range text {
		if n > 0 {
			return n
		}
	}
	return len(text)
}

func kind(r Row) string {
	if r.Refund {
		return "refund"
	}
	return "sale"
}

// stamp is a time of RFC 3339.
func stamp(t time.Time, in *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(in).Format(time.RFC3339)
}

// coin is a currency, looked up once: money's table is not made for a million rows.
type coin struct {
	code string
	unit int64 // minor units of one; 1, 100, 1000
	zero string
}

type coins map[protocol.Currency]coin

func (c coins) of(currency protocol.Currency) coin {
	known, there := c[currency]
	if !there {
		m := money.Currency(currency)
		known = coin{code: m.String(), unit: 1, zero: strings.Repeat("0", m.Digits())}
		for range m.Digits() {
			known.unit *= 10
		}
		c[currency] = known
	}
	return known
}

// decimal is a plain number, as money.Amount.Decimal has it: digits, a point, and a
// sign only where something was given back.
func (c coin) decimal(minor int64) string {
	if c.unit == 1 {
		return strconv.FormatInt(minor, 10)
	}
	var b [32]byte
	text := b[:0]
	if minor < 0 {
		text, minor = append(text, '-'), -minor
	}
	text = append(strconv.AppendInt(text, minor/c.unit, 10), '.')
	part := strconv.FormatInt(minor%c.unit, 10)
	return string(append(append(text, c.zero[len(part):]...), part...))
}

// counted is a number, nothing for 0.
func counted(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

// jsonLine is a line of JSON.
type jsonLine struct {
	Number    uint64      `json:"number"`
	Kind      string      `json:"kind"`
	Began     string      `json:"began"`
	Ended     string      `json:"ended,omitempty"`
	Amount    string      `json:"amount"`
	Net       string      `json:"net"`
	Tip       string      `json:"tip,omitempty"`
	Currency  string      `json:"currency"`
	Rail      sale.Rail   `json:"rail"`
	Ending    sale.Ending `json:"ending,omitempty"`
	Reason    sale.Reason `json:"reason,omitempty"`
	State     State       `json:"state,omitempty"`
	Cashier   protocol.ID `json:"cashier,omitempty"`
	Shift     uint64      `json:"shift,omitzero"`
	Card      string      `json:"card,omitempty"`
	Reference uint64      `json:"reference,omitzero"`
	Of        uint64      `json:"of,omitzero"`
}

// jsonLines writes an object a line.
type jsonLines struct {
	e     *json.Encoder
	coins coins
}

func newJSONLines(to *bufio.Writer) *jsonLines {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return &jsonLines{e, coins{}}
}

func (j *jsonLines) begin() error { return nil }
func (j *jsonLines) end() error   { return nil }

func (j *jsonLines) row(r Row, net int64, in *time.Location) error {
	of := j.coins.of(r.Currency)
	line := jsonLine{
		Number: r.Sale, Kind: kind(r), Began: stamp(r.At, in), Ended: stamp(r.Ended, in),
		Amount: of.decimal(int64(r.Amount)), Net: of.decimal(net), Currency: of.code,
		Rail: r.Rail, Ending: r.Ending, Reason: r.Reason, State: r.State, Cashier: r.Cashier, Shift: r.Shift,
		Card: r.Card, Reference: r.Reference, Of: r.Of,
	}
	if r.Tip != 0 {
		line.Tip = of.decimal(int64(r.Tip))
	}
	return j.e.Encode(line)
}
