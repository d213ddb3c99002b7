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
	to   *bufio.Writer
	w    *csv.Writer
	mark bool
}

func newCSV(to *bufio.Writer, mark bool) *csvLines {
	w := csv.NewWriter(to)
	w.UseCRLF = true
	return &csvLines{to, w, mark}
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
	return c.w.Write([]string{
		strconv.FormatUint(r.Sale, 10), kind(r), stamp(r.At, in), stamp(r.Ended, in),
		decimal(int64(r.Amount), r.Currency), decimal(net, r.Currency), decimal(int64(r.Tip), r.Currency), money.Currency(r.Currency).String(),
		harmless(string(r.Rail)), harmless(string(r.Ending)), harmless(string(r.Reason)), string(r.State),
		harmless(string(r.Cashier)), counted(r.Shift), harmless(r.Card), counted(r.Reference), counted(r.Of),
	})
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

// decimal is a plain number: digits, a point, and a sign only where something was given
// back.
func decimal(minor int64, c protocol.Currency) string {
	return money.Amount{Minor: minor, Currency: money.Currency(c)}.Decimal()
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
type jsonLines struct{ e *json.Encoder }

func newJSONLines(to *bufio.Writer) *jsonLines {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return &jsonLines{e}
}

func (j *jsonLines) begin() error { return nil }
func (j *jsonLines) end() error   { return nil }

func (j *jsonLines) row(r Row, net int64, in *time.Location) error {
	line := jsonLine{
		Number: r.Sale, Kind: kind(r), Began: stamp(r.At, in), Ended: stamp(r.Ended, in),
		Amount: decimal(int64(r.Amount), r.Currency), Net: decimal(net, r.Currency), Currency: money.Currency(r.Currency).String(),
		Rail: r.Rail, Ending: r.Ending, Reason: r.Reason, State: r.State, Cashier: r.Cashier, Shift: r.Shift,
		Card: r.Card, Reference: r.Reference, Of: r.Of,
	}
	if r.Tip != 0 {
		line.Tip = decimal(int64(r.Tip), r.Currency)
	}
	return j.e.Encode(line)
}
