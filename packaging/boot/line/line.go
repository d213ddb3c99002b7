// Package line is what the driver of a booted machine and the helper inside it say to
// each other over a virtio serial port: one JSON object a line, orders one way, answers
// the other. The helper greets once when it starts, so that the driver sees each boot.
//
// It carries whatever a root shell can do and has no protection of its own: the port
// exists in a machine that is made for a trial only.
package line

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// maxLine is the longest line that is read, in bytes: the log of a boot fits.
const maxLine = 8 << 20

// An Order is a command for a root shell inside the machine.
type Order struct {
	ID      int    `json:"id"`
	Command string `json:"command"`
	Seconds int    `json:"seconds"` // after which it is killed; at least 1
}

// An Answer is what came of an order, or a greeting.
type Answer struct {
	ID     int    `json:"id"`               // of the order; 0 for a greeting
	Boot   string `json:"boot,omitempty"`   // in a greeting: the kernel's name of this boot
	Code   int    `json:"code"`             // exit status; -1 when it was killed
	Output string `json:"output,omitempty"` // of both streams
}

// Write writes a message as one line.
func Write[T Order | Answer](w io.Writer, message T) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// A Reader reads messages. It is for one goroutine.
type Reader[T Order | Answer] struct{ lines *bufio.Scanner }

// NewReader reads messages from r.
func NewReader[T Order | Answer](r io.Reader) *Reader[T] {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	return &Reader[T]{lines}
}

// Read returns the next message; io.EOF after the last. A line that is none, such as one
// that was cut off by a reset of the machine, is an error after which reading goes on.
func (r *Reader[T]) Read() (message T, err error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return message, err
		}
		return message, io.EOF
	}
	if err := json.Unmarshal(r.lines.Bytes(), &message); err != nil {
		return message, fmt.Errorf("%w: %v", ErrLine, err)
	}
	return message, nil
}
