package iso7816

import (
	"fmt"
	"slices"
)

// Response is a response APDU, or a whole answer that came in several.
type Response struct {
	// Data is the answer: up to [MaxLe] bytes in one APDU, up to [MaxMessage] in
	// parts. It is empty beside a status word of an error.
	Data []byte
	SW   Status
}

// Encode returns the APDU: at most [MaxResponseBytes]. It fails with [ErrLength]
// or [ErrStatus].
func (r Response) Encode() ([]byte, error) {
	if len(r.Data) > MaxLe {
		return nil, fmt.Errorf("encode response: %w: %d bytes of data", ErrLength, len(r.Data))
	}
	if err := r.valid(); err != nil {
		return nil, fmt.Errorf("encode response: %w", err)
	}
	apdu := make([]byte, 0, len(r.Data)+2)
	apdu = append(apdu, r.Data...)
	return append(apdu, byte(r.SW>>8), byte(r.SW)), nil
}

// valid says whether the status word exists, and may stand beside the data.
func (r Response) valid() error {
	if !r.SW.valid() {
		return fmt.Errorf("%w: %04X", ErrStatus, uint16(r.SW))
	}
	if r.SW.IsError() && len(r.Data) > 0 {
		return fmt.Errorf("%w: %d bytes of data beside %v", ErrStatus, len(r.Data), r.SW)
	}
	return nil
}

// ParseResponse reads one short response APDU. The data is a copy. It fails with
// [ErrLength] or [ErrStatus].
func ParseResponse(apdu []byte) (Response, error) {
	if len(apdu) < 2 || len(apdu) > MaxResponseBytes {
		return Response{}, fmt.Errorf("parse response: %w: %d bytes", ErrLength, len(apdu))
	}
	end := len(apdu) - 2
	r := Response{SW: Status(apdu[end])<<8 | Status(apdu[end+1])}
	if end > 0 {
		r.Data = slices.Clone(apdu[:end])
	}
	if err := r.valid(); err != nil {
		return Response{}, fmt.Errorf("parse response: %w", err)
	}
	return r, nil
}
