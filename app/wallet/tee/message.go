package tee

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Kind says what a [Message] is for.
type Kind uint8

// The kinds. "Either" means either side of the hardware environment.
const (
	KindOpenSession  Kind = 1 + iota // client: open a session; bulk is what it says for itself
	KindInvoke                       // client: do Number in Session with the bulk
	KindCloseSession                 // client: close Session
	KindRequest                      // trusted: do Number for me with the bulk
	KindStreamOpen                   // trusted: open the stream ID to the address in the bulk
	KindEvent                        // trusted: Number happened, with the bulk
	KindCancel                       // either: I need the answer to my call ID no longer
	KindResult                       // either: your call ID ended with the code Number; bulk when that is success, else Text
	KindRelease                      // either: I have copied what lay at Offset in your memory
	KindStreamData                   // either: the bulk is next in the stream ID
	KindStreamEnd                    // either: the stream ID has no more from me
	KindStreamReset                  // either: the stream ID is over, for the reason Number
	KindMapped                       // either: I have mapped my region for writing
	KindReady                        // trusted: entry points may be called
	KindFinalize                     // client: end everything in an orderly way
	KindAttach                       // environment: here is your region, of Number bytes, to write into (with a descriptor)
	KindShare                        // environment: here is the other side's, of Number bytes, to read (with a descriptor)
	KindTerminate                    // environment to trusted: end
	KindGone                         // environment to client: the trusted application has ended; Text says how
	kindEnd
)

// Side is one of the two that the hardware environment stands between.
type Side uint8

// The sides.
const (
	Client Side = iota
	Trusted
)

// String gives the side's name.
func (s Side) String() string {
	if s == Client {
		return "client"
	}
	return "trusted"
}

type rule struct {
	name                            string
	bulk, id, session, number, text bool
	by                              []Side // who may send it; the environment alone when empty
}

var rules = [kindEnd]rule{
	KindOpenSession:  {name: "open", bulk: true, id: true, by: []Side{Client}},
	KindInvoke:       {name: "invoke", bulk: true, id: true, session: true, number: true, by: []Side{Client}},
	KindCloseSession: {name: "close", id: true, session: true, by: []Side{Client}},
	KindRequest:      {name: "request", bulk: true, id: true, number: true, by: []Side{Trusted}},
	KindStreamOpen:   {name: "stream-open", bulk: true, id: true, by: []Side{Trusted}},
	KindEvent:        {name: "event", bulk: true, number: true, by: []Side{Trusted}},
	KindCancel:       {name: "cancel", id: true, by: []Side{Client, Trusted}},
	KindResult:       {name: "result", bulk: true, id: true, session: true, number: true, text: true, by: []Side{Client, Trusted}},
	KindRelease:      {name: "release", by: []Side{Client, Trusted}},
	KindStreamData:   {name: "stream-data", bulk: true, id: true, by: []Side{Client, Trusted}},
	KindStreamEnd:    {name: "stream-end", id: true, by: []Side{Client, Trusted}},
	KindStreamReset:  {name: "stream-reset", id: true, number: true, by: []Side{Client, Trusted}},
	KindMapped:       {name: "mapped", by: []Side{Client, Trusted}},
	KindReady:        {name: "ready", by: []Side{Trusted}},
	KindFinalize:     {name: "finalize", by: []Side{Client}},
	KindAttach:       {name: "attach", number: true},
	KindShare:        {name: "share", number: true},
	KindTerminate:    {name: "terminate"},
	KindGone:         {name: "gone", text: true},
}

// String gives the kind's name, as the hardware environment records it.
func (k Kind) String() string {
	if k == 0 || k >= kindEnd {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return rules[k].name
}

// From reports whether the side may send messages of the kind.
func (k Kind) From(side Side) bool {
	if k == 0 || k >= kindEnd {
		return false
	}
	for _, may := range rules[k].by {
		if may == side {
			return true
		}
	}
	return false
}

// Message is what passes over a socket: a trigger, never the data itself.
//
// Encoded it is, in big-endian order: version (1), kind (1), length of the text
// (2), ID (8), session (4), number (4), offset (4), length (4), digest (32), text.
// Fields that a kind does not use are zero.
type Message struct {
	Kind    Kind
	ID      uint64            // of a call or stream, counted by the side that began it; from 1
	Session uint32            // from 1
	Number  uint32            // command, kind of request or event, Code, or bytes of a region
	Offset  uint32            // where the bulk begins in the sender's region; a multiple of [Align]
	Length  uint32            // of the bulk: 0 to [MaxBulk]
	Digest  [sha256.Size]byte // of the bulk: zero from the sender, stamped by the hardware environment
	Text    string            // of an error: at most [MaxText] bytes of UTF-8
}

const (
	version    = 1
	headerSize = 60
)

// ErrMalformed says that bytes are not a message.
var ErrMalformed = errors.New("not a message")

// HasBulk reports whether the message refers to bytes in shared memory, possibly
// none at all: such a reference is held until it is released.
func (m *Message) HasBulk() bool {
	return m.Kind < kindEnd && rules[m.Kind].bulk && (m.Kind != KindResult || m.Number == 0)
}

// Append encodes the message, without checking it.
func (m *Message) Append(b []byte) []byte {
	b = append(b, version, byte(m.Kind))
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.Text)))
	b = binary.BigEndian.AppendUint64(b, m.ID)
	b = binary.BigEndian.AppendUint32(b, m.Session)
	b = binary.BigEndian.AppendUint32(b, m.Number)
	b = binary.BigEndian.AppendUint32(b, m.Offset)
	b = binary.BigEndian.AppendUint32(b, m.Length)
	b = append(b, m.Digest[:]...)
	return append(b, m.Text...)
}

// Decode reads a message that fills b exactly. Every message has one encoding:
// what Decode accepts, [Message.Append] writes again byte for byte. Errors wrap
// [ErrMalformed].
func Decode(b []byte) (Message, error) {
	var m Message
	if len(b) < headerSize || len(b) > MaxMessage {
		return m, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	if b[0] != version {
		return m, fmt.Errorf("%w: version %d", ErrMalformed, b[0])
	}
	text := int(binary.BigEndian.Uint16(b[2:]))
	if len(b) != headerSize+text {
		return m, fmt.Errorf("%w: %d bytes with a text of %d", ErrMalformed, len(b), text)
	}
	m.Kind = Kind(b[1])
	m.ID = binary.BigEndian.Uint64(b[4:])
	m.Session = binary.BigEndian.Uint32(b[12:])
	m.Number = binary.BigEndian.Uint32(b[16:])
	m.Offset = binary.BigEndian.Uint32(b[20:])
	m.Length = binary.BigEndian.Uint32(b[24:])
	copy(m.Digest[:], b[28:headerSize])
	m.Text = string(b[headerSize:])
	return m, m.check()
}

func (m *Message) check() error {
	if m.Kind == 0 || m.Kind >= kindEnd {
		return fmt.Errorf("%w: kind %d", ErrMalformed, uint8(m.Kind))
	}
	rule, bulk := rules[m.Kind], m.HasBulk()
	failed := m.Kind == KindResult && m.Number != 0
	wrong := ""
	switch {
	case rule.id != (m.ID != 0):
		wrong = "id"
	case !rule.session && m.Session != 0, m.Kind == KindInvoke && m.Session == 0, m.Kind == KindCloseSession && m.Session == 0:
		wrong = "session"
	case !rule.number && m.Number != 0:
		wrong = "number"
	case m.Text != "" && (!rule.text || m.Kind == KindResult && !failed), len(m.Text) > MaxText, !utf8.ValidString(m.Text):
		wrong = "text"
	case !bulk && m.Length != 0, m.Length > MaxBulk, m.Kind == KindStreamData && m.Length > StreamBlock:
		wrong = "length"
	case !bulk && m.Kind != KindRelease && m.Offset != 0, m.Offset%Align != 0:
		wrong = "offset"
	case !bulk && m.Digest != [sha256.Size]byte{}:
		wrong = "digest"
	}
	if wrong != "" {
		return fmt.Errorf("%w: %s with a wrong %s", ErrMalformed, m.Kind, wrong)
	}
	return nil
}
