package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kind is a packet's identifier (PID).
type Kind byte

// The kinds of packets.
const (
	Command  Kind = 0x01
	Data     Kind = 0x02
	Ack      Kind = 0x07
	LastData Kind = 0x08
)

func (k Kind) valid() bool { return k == Command || k == Data || k == Ack || k == LastData }

const (
	header      = 0xEF01
	headerBytes = 9 // before the payload
	sumBytes    = 2
	// MaxPayload is the longest payload of the family: data packets of 256 bytes.
	MaxPayload = 256

	// AnyAddress is the address that sensors come with.
	AnyAddress uint32 = 0xFFFFFFFF
)

// Packet is one packet.
type Packet struct {
	Address uint32
	Kind    Kind
	Payload []byte // 1 to MaxPayload bytes
}

// What is wrong with bytes that are no packet.
var (
	ErrHeader   = errors.New("sensor packet does not begin with EF 01")
	ErrKind     = errors.New("sensor packet of an unknown kind")
	ErrLength   = errors.New("sensor packet of an impossible length")
	ErrChecksum = errors.New("sensor packet with a wrong checksum")
)

// Append appends p as it goes on the line to b. A payload that is empty or longer
// than [MaxPayload] is [ErrLength], an unknown kind [ErrKind].
func Append(b []byte, p Packet) ([]byte, error) {
	if !p.Kind.valid() {
		return b, ErrKind
	}
	if len(p.Payload) == 0 || len(p.Payload) > MaxPayload {
		return b, ErrLength
	}
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, header)
	b = binary.BigEndian.AppendUint32(b, p.Address)
	b = append(b, byte(p.Kind))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Payload)+sumBytes))
	b = append(b, p.Payload...)
	return binary.BigEndian.AppendUint16(b, sum(b[start+6:])), nil
}

// sum is the checksum over kind, length and payload.
func sum(b []byte) uint16 {
	var s uint16
	for _, v := range b {
		s += uint16(v)
	}
	return s
}

// Decoder finds the packets in a stream of bytes that arrive in any pieces. The
// zero value is ready. It holds at most one packet and what came after it.
type Decoder struct {
	buffer []byte
}

// room is what a decoder's buffer has from the start: a whole packet, and what
// one read of a line brings.
const room = 1024

// Write takes bytes that arrived. It never fails.
func (d *Decoder) Write(p []byte) (int, error) {
	if need := len(d.buffer) + len(p); need > cap(d.buffer) {
		// Not by append, which would leave a part of a print in the old buffer.
		larger := AppendSecret(make([]byte, 0, max(need, 2*cap(d.buffer), room)), d.buffer)
		clear(d.buffer)
		d.buffer = larger
	}
	d.buffer = AppendSecret(d.buffer, p)
	return len(p), nil
}

// Buffered returns how many bytes wait to be decoded.
func (d *Decoder) Buffered() int { return len(d.buffer) }

// Reset forgets, and wipes, all that waits.
func (d *Decoder) Reset() {
	clear(d.buffer[:cap(d.buffer)])
	d.buffer = d.buffer[:0]
}

// Next returns the next packet, whose payload is the caller's own. ok is false when
// more bytes must come first. On an error nothing is consumed: the stream is out
// of step and [Decoder.Reset] is the way on. Errors come as early as they can be
// told: a wrong first byte does not wait for a whole packet.
func (d *Decoder) Next() (p Packet, ok bool, err error) {
	b := d.buffer
	if len(b) >= 1 && b[0] != header>>8 || len(b) >= 2 && b[1] != header&0xFF {
		return Packet{}, false, ErrHeader
	}
	if len(b) >= 7 && !Kind(b[6]).valid() {
		return Packet{}, false, fmt.Errorf("%w: %02x", ErrKind, b[6])
	}
	if len(b) < headerBytes {
		return Packet{}, false, nil
	}
	length := int(binary.BigEndian.Uint16(b[7:]))
	if length <= sumBytes || length > MaxPayload+sumBytes {
		return Packet{}, false, fmt.Errorf("%w: %d", ErrLength, length)
	}
	end := headerBytes + length
	if len(b) < end {
		return Packet{}, false, nil
	}
	if binary.BigEndian.Uint16(b[end-sumBytes:]) != sum(b[6:end-sumBytes]) {
		return Packet{}, false, ErrChecksum
	}
	p = Packet{
		Address: binary.BigEndian.Uint32(b[2:]),
		Kind:    Kind(b[6]),
		Payload: AppendSecret(make([]byte, 0, length-sumBytes), b[headerBytes:end-sumBytes]),
	}
	d.buffer = AppendSecret(b[:0], b[end:])
	clear(b[len(d.buffer):])
	return p, true, nil
}
