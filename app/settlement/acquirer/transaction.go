package acquirer

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/protocol"
)

// ErrCard says that an account's number is no card number: nothing was sent,
// and never will be.
var ErrCard = errors.New("not a card number")

// Trace is what names a transaction at the acquirer, for ever. It is kept
// before anything is sent, so that a repeat or a reversal names the same one.
type Trace struct {
	// STAN is the systems trace audit number, 1 to 999999.
	STAN uint32
	// RRN is the retrieval reference number, 12 digits.
	RRN string
	// At is when it was first sent, in whole seconds.
	At time.Time
}

// NewTrace makes a trace of a number that is used once in all the processes
// that share an acquirer, such as a reference of the ledger: the RRN is its last
// twelve digits, so that it comes again after a million million transactions.
func NewTrace(number uint64, at time.Time) Trace {
	return Trace{STAN: uint32(number%999_999) + 1, RRN: fmt.Sprintf("%012d", number%1_000_000_000_000), At: at.UTC().Truncate(time.Second)}
}

// Transaction is a purchase, an authorisation or a refund.
type Transaction struct {
	Trace Trace
	// Card is the card's number, 12 to 19 digits.
	Card     protocol.Account
	Amount   protocol.Amount // minor units
	Currency protocol.Currency
	// Terminal and Shop are ours, for the acquirer's records (data element 63):
	// the terminal's name and the merchant account's reference.
	Terminal protocol.ID
	Shop     string
	// Original is the purchase that a refund gives back; nil otherwise.
	Original *Trace
}

// Processing codes: the first two digits say what is done, the others that the
// accounts on both sides are the cards' own.
const (
	ProcessingPurchase = "000000"
	ProcessingRefund   = "200000"
)

// Constant data elements of every transaction.
const (
	entryQR         = "030" // read from a code; the terminal's PIN ability is not told
	conditionNormal = "00"
)

const stamp = "0102150405" // MMDDhhmmss

// message writes a transaction. sent is the time of this transmission.
func (c Config) message(mti, processing string, t Transaction, sent time.Time) (Message, error) {
	if n := len(t.Card); n < 12 || n > 19 || !digits.holds(string(t.Card)) {
		return Message{}, ErrCard
	}
	local := t.Trace.At.In(c.Zone)
	m := Message{Type: mti, Fields: map[Field]string{
		FieldPAN:         string(t.Card),
		FieldProcessing:  processing,
		FieldAmount:      fmt.Sprintf("%012d", t.Amount),
		FieldTransmitted: sent.UTC().Format(stamp),
		FieldSTAN:        fmt.Sprintf("%06d", t.Trace.STAN),
		FieldLocalTime:   local.Format("150405"),
		FieldLocalDate:   local.Format("0102"),
		FieldCategory:    c.Category,
		FieldEntryMode:   entryQR,
		FieldCondition:   conditionNormal,
		FieldInstitution: c.Institution,
		FieldRRN:         t.Trace.RRN,
		FieldTerminal:    pad(c.Terminal, 8),
		FieldMerchant:    pad(c.Merchant, 15),
		FieldCurrency:    fmt.Sprintf("%03d", t.Currency),
		FieldPrivate:     private(t),
	}}
	if t.Original != nil {
		m.Fields[FieldOriginalData] = c.original("0200", *t.Original)
	}
	return m, nil
}

// reversal writes a reversal of a purchase or an authorisation. It repeats
// their trace and names them in data element 90; only the time of transmission is its own.
func (c Config) reversal(mti string, t Transaction, original string, sent time.Time) (Message, error) {
	m, err := c.message(mti, ProcessingPurchase, t, sent)
	if err == nil {
		m.Fields[FieldOriginalData] = c.original(original, t.Trace)
	}
	return m, err
}

// original is data element 90: type, STAN and time of transmission of the
// original, its acquiring and its forwarding institution.
func (c Config) original(mti string, t Trace) string {
	return mti + fmt.Sprintf("%06d", t.STAN) + t.At.UTC().Format(stamp) + fmt.Sprintf("%011s", c.Institution) + strings.Repeat("0", 11)
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-len(s))) }

// private is data element 63: tag, length (two digits each) and value of what
// the acquirer keeps beside the transaction.
func private(t Transaction) string {
	var b strings.Builder
	put := func(tag, value string) {
		value = printable(value)
		fmt.Fprintf(&b, "%s%02d%s", tag, len(value), value)
	}
	put("01", string(t.Terminal))
	put("02", t.Shop)
	if t.Original != nil {
		put("03", t.Original.RRN)
	}
	return b.String()
}

// printable replaces what data element 63 cannot hold.
func printable(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b[:min(len(b), 99)])
}
