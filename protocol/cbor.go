package protocol

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// The two modes are built from constants, so a failure is a mistake in this
// file and not in a message; they are immutable and safe for concurrent use.
var (
	encoding = func() cbor.EncMode {
		mode, err := cbor.CoreDetEncOptions().EncMode()
		if err != nil {
			panic(err)
		}
		return mode
	}()
	decoding       = strictDecoding(16)
	recordDecoding = strictDecoding(maxRecordFields)
)

// strictDecoding is the one way in which CBOR is read, for maps of so many pairs
// at most.
func strictDecoding(maxPairs int) cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		MaxNestedLevels:   8,
		MaxArrayElements:  maxRevoked,
		MaxMapPairs:       maxPairs,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}

// Bytes accepted at most in one message. The largest real one is a revocation
// list; everything in a QR code is below 4 kB.
const maxMessage = 1 << 20

// encode returns the one deterministic encoding of v (RFC 8949 §4.2).
func encode(v any) ([]byte, error) {
	b, err := encoding.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return b, nil
}

// decode fills v from b and refuses b if v does not encode to exactly b again.
// The comparison is what makes decoding strict: the library's own strict mode
// lets longer forms of integers, short byte arrays and missing keys through.
func decode(b []byte, v any) error { return decodeBy(decoding, b, v) }

func decodeBy(mode cbor.DecMode, b []byte, v any) error {
	if len(b) > maxMessage {
		return fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	if err := mode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	again, err := encode(v)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if !bytes.Equal(b, again) {
		return fmt.Errorf("%w: not in deterministic encoding", ErrMalformed)
	}
	return nil
}

// outOfRange is an ErrRange that names the field.
func outOfRange(field string) error {
	return fmt.Errorf("%w: %s", ErrRange, field)
}
