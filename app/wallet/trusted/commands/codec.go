package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrMessage says that a request, reply or event is not one of this package's.
var ErrMessage = errors.New("not a message between client and trusted application")

// encode writes a message.
func encode(m any) ([]byte, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write a message: %w", err)
	}
	return data, nil
}

// decode reads a message of at most most bytes. Only what encode writes is
// accepted, byte for byte: no unknown, repeated or otherwise spelt field, no space.
func decode[M any](data []byte, most int) (m M, err error) {
	var none M
	if len(data) > most {
		return none, fmt.Errorf("%w: %d bytes", ErrMessage, len(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return none, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return none, fmt.Errorf("%w: more than one", ErrMessage)
	}
	again, err := json.Marshal(m)
	if err != nil || !bytes.Equal(again, data) {
		return none, fmt.Errorf("%w: not in the form that is sent", ErrMessage)
	}
	return m, nil
}

// reply is what a command ends with: a result, an error, or for Settle both.
type reply struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  *failure        `json:"error,omitempty"`
}
