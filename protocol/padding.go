package protocol

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// What a wallet answers in a tap is padded before it is sealed: its length would
// tell whoever listens whether money was deducted, and about how much, and how often the
// card has paid. A padded plaintext is one CBOR item, which says itself where it ends,
// and zeros up to the length that its kind has.

// pad fills a message with zeros up to size bytes. It fails with ErrRange when the message is
// longer.
func pad(message []byte, size int) ([]byte, error) {
	if len(message) > size {
		return nil, outOfRange(fmt.Sprintf("%d bytes to be padded to %d", len(message), size))
	}
	padded := make([]byte, size)
	copy(padded, message)
	return padded, nil
}

// unpad returns the message; any other length or padding is ErrMalformed.
func unpad(padded []byte, size int) ([]byte, error) {
	if len(padded) != size {
		return nil, fmt.Errorf("%w: padded to %d bytes", ErrMalformed, len(padded))
	}
	var message cbor.RawMessage
	rest, err := decoding.UnmarshalFirst(padded, &message)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	for _, b := range rest {
		if b != 0 {
			return nil, fmt.Errorf("%w: padding", ErrMalformed)
		}
	}
	return padded[:size-len(rest)], nil
}
