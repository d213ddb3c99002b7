package acquirer

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/moov-io/iso8583"
	iso8583errors "github.com/moov-io/iso8583/errors"
)

// ErrMalformed says that bytes are no message of this specification, or that a
// message cannot be written as one.
var ErrMalformed = errors.New("not a message of ISO 8583:1987")

// Message is one message: its type identifier, four digits, and data elements
// as they stand on the wire: padded, without length prefix.
type Message struct {
	Type   string
	Fields map[Field]string
}

// codecOnce makes the table of data elements when it is first needed.
var codecOnce = sync.OnceValue(newCodec)

// Encode returns the message's bytes, without the frame's length. It fails with
// ErrMalformed; the error names the data element and never its value.
func (m Message) Encode() ([]byte, error) {
	c := codecOnce()
	if err := c.check(m); err != nil {
		return nil, err
	}
	packed := iso8583.NewMessage(c.spec)
	packed.MTI(m.Type)
	for f, v := range m.Fields {
		if err := packed.Field(int(f), v); err != nil {
			return nil, fmt.Errorf("%w: data element %d", ErrMalformed, f)
		}
	}
	raw, err := packed.Pack()
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be written", ErrMalformed, m.Type)
	}
	return raw, nil
}

// Decode reads a message. It is strict: what it accepts, Encode writes as the
// same bytes. It fails with ErrMalformed; the error holds nothing of the message.
func Decode(raw []byte) (Message, error) {
	c := codecOnce()
	unpacked := iso8583.NewMessage(c.spec)
	if err := unpacked.Unpack(raw); err != nil {
		var where *iso8583errors.UnpackError
		if errors.As(err, &where) {
			return Message{}, fmt.Errorf("%w: data element %s", ErrMalformed, where.FieldID)
		}
		return Message{}, ErrMalformed
	}
	mti, err := unpacked.GetMTI()
	if err != nil {
		return Message{}, ErrMalformed
	}
	m := Message{Type: mti, Fields: map[Field]string{}}
	for n := range unpacked.GetFields() {
		if n < 2 {
			continue
		}
		v, err := unpacked.GetString(n)
		if err != nil {
			return Message{}, fmt.Errorf("%w: data element %d", ErrMalformed, n)
		}
		m.Fields[Field(n)] = v
	}
	again, err := m.Encode()
	if err != nil {
		return Message{}, err
	}
	if !bytes.Equal(again, raw) {
		return Message{}, fmt.Errorf("%w: not in its only form", ErrMalformed)
	}
	return m, nil
}

func (c *codec) check(m Message) error {
	if len(m.Type) != 4 || m.Type[0] != '0' || !digits.holds(m.Type) {
		return fmt.Errorf("%w: type", ErrMalformed)
	}
	for f, v := range m.Fields {
		format, known := c.formats[f]
		switch {
		case !known, !format.alphabet.holds(v), format.prefix == 0 && len(v) != format.length, len(v) > format.length:
			return fmt.Errorf("%w: data element %d", ErrMalformed, f)
		}
	}
	return nil
}

// Tail returns what of a card number may be shown: at most its last four
// digits, and never more than half of it.
func Tail(pan string) string { return "…" + pan[len(pan)-min(4, len(pan)/2):] }

// String shows type, trace and response, and of the card number its tail.
func (m Message) String() string {
	var b strings.Builder
	b.WriteString(m.Type)
	for _, f := range slices.Sorted(maps.Keys(m.Fields)) {
		switch f {
		case FieldPAN:
			fmt.Fprintf(&b, " 2=%s", Tail(m.Fields[f]))
		case FieldProcessing, FieldAmount, FieldTransmitted, FieldSTAN, FieldRRN, FieldResponse, FieldCurrency, FieldNetwork:
			fmt.Fprintf(&b, " %d=%s", f, m.Fields[f])
		}
	}
	return b.String()
}

// GoString keeps %#v from showing more than String does.
func (m Message) GoString() string { return m.String() }
