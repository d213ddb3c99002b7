package protocol

import "fmt"

// maxRecordFields bounds the fields of a stored record, and the pairs of any map
// in it.
const maxRecordFields = 64

// EncodeRecord returns the one deterministic CBOR encoding (RFC 8949 §4.2) of a
// record that a program keeps for itself. A record is no message: it has no kind,
// no signature and no entry in messages.cddl, and its format is its owner's affair.
// The owner gives it a version, and fields by `cbor:"1,keyasint"` or `cbor:",toarray"`.
//
// A record has at most 64 fields, arrays at most 16384 elements, 8 levels and 1 MiB
// altogether: what is beyond that is refused with ErrRange before anything is kept
// that could not be read again.
func EncodeRecord(v any) ([]byte, error) {
	b, err := encode(v)
	if err != nil {
		return nil, err
	}
	if len(b) > maxMessage {
		return nil, fmt.Errorf("%w: record %T of %d bytes", ErrRange, v, len(b))
	}
	if err := recordDecoding.Wellformed(b); err != nil {
		return nil, fmt.Errorf("%w: record %T: %v", ErrRange, v, err)
	}
	return b, nil
}

// DecodeRecord fills v, a pointer to the zero value of its type, from what EncodeRecord returned for that type.
// It is as strict as the decoders of messages: bytes that v does not encode to exactly
// again (unknown, missing and repeated fields, longer forms of integers, indefinite
// lengths, tags, bytes behind) are refused with ErrMalformed, and v is then not to be used.
// Whether the values mean something is for the caller to check. Both functions are
// safe for concurrent use.
func DecodeRecord(b []byte, v any) error {
	if err := decodeBy(recordDecoding, b, v); err != nil {
		return fmt.Errorf("record %T: %w", v, err)
	}
	return nil
}
