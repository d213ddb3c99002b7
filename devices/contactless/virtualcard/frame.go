package virtualcard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Control bytes: a frame of one byte is no APDU.
const (
	controlOff   = 0x00
	controlOn    = 0x01
	controlReset = 0x02
	controlATR   = 0x04
)

// maxFrame is the longest payload: its length is two bytes, the more significant first.
const maxFrame = 0xFFFF

var errFrame = errors.New("payload too long for a frame")

// readFrame reads one frame's payload. It calls headed between length and payload.
func readFrame(r io.Reader, headed func()) ([]byte, error) {
	var header [2]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	headed()
	payload := make([]byte, binary.BigEndian.Uint16(header[:]))
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, fmt.Errorf("within a frame: %w", err)
	}
	return payload, nil
}

// frame returns a payload with its length before it.
func frame(payload []byte) ([]byte, error) {
	if len(payload) > maxFrame {
		return nil, errFrame
	}
	return append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(payload)), uint16(len(payload))), payload...), nil
}
