package acquirer

import (
	"encoding/binary"
	"fmt"
	"io"
)

// MaxFrame is the most bytes of a message: what its two-byte length can say is
// more than any message here needs.
const MaxFrame = 4096

// ReadFrame reads one message's bytes from a stream: two bytes of length, most
// significant first, not counting themselves. A length of zero or above
// [MaxFrame] is ErrMalformed: the stream cannot be trusted after it.
func ReadFrame(r io.Reader) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint16(head[:])
	if n == 0 || n > MaxFrame {
		return nil, fmt.Errorf("%w: frame of %d bytes", ErrMalformed, n)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return raw, nil
}

// AppendFrame appends length and bytes of a message, 1 to MaxFrame of them, to
// b. It fails with ErrMalformed.
func AppendFrame(b, raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw) > MaxFrame {
		return nil, fmt.Errorf("%w: frame of %d bytes", ErrMalformed, len(raw))
	}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(raw))), raw...), nil
}
