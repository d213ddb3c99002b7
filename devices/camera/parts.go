package camera

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
)

const (
	maxPart     = 8 << 20  // bytes of one picture: twice what MaxPixels makes at good quality
	maxPreamble = 64 << 10 // bytes before a part and of its header
)

var errTooMuch = errors.New("more bytes than a picture may have")

// parts reads the pictures of a multipart/x-mixed-replace body, one after the other, holding at most one.
type parts struct {
	allowed *allowance
	reader  *multipart.Reader
	buffer  []byte
}

// newParts begins to read a body of the given Content-Type.
func newParts(contentType string, body io.Reader) (*parts, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/x-mixed-replace" {
		return nil, fmt.Errorf("%w: its content type is %.60q, not multipart/x-mixed-replace", ErrFormat, contentType)
	}
	boundary := params["boundary"]
	if boundary == "" || len(boundary) > 70 { // RFC 2046 §5.1.1
		return nil, fmt.Errorf("%w: the stream has no usable boundary", ErrFormat)
	}
	p := &parts{allowed: &allowance{from: body, left: maxPreamble}}
	in := bufio.NewReaderSize(p.allowed, 32<<10)
	// Many cameras write the two hyphens of the delimiter into the boundary parameter as well. The first line
	// tells; if it is something else, the parameter is taken at its word.
	if bare, ok := strings.CutPrefix(boundary, "--"); ok && bare != "" {
		if first, err := in.Peek(len(boundary) + 2); err == nil && !strings.HasPrefix(strings.TrimLeft(string(first), "\r\n"), "--"+boundary) {
			boundary = bare
		}
	}
	p.reader = multipart.NewReader(in, boundary)
	return p, nil
}

// next reads a part to its end. The bytes are valid until the next call. A part that is too large ends the
// stream: there is no telling where the next would begin.
func (p *parts) next() ([]byte, error) {
	p.allowed.left = maxPart + maxPreamble
	part, err := p.reader.NextRawPart()
	if err != nil {
		return nil, err
	}
	p.buffer = p.buffer[:0]
	// A part's end is the next delimiter, which most cameras send with the next picture: one frame late. So its
	// Content-Length is believed, if it has one; what is over is skipped, what is short is found out by the decoder.
	enough := maxPart + 1
	if n, err := strconv.Atoi(part.Header.Get("Content-Length")); err == nil && n > 0 && n <= maxPart {
		enough = n
	}
	for {
		if len(p.buffer) == cap(p.buffer) {
			p.buffer = append(p.buffer, 0)[:len(p.buffer)]
		}
		n, err := part.Read(p.buffer[len(p.buffer):cap(p.buffer)])
		p.buffer = p.buffer[:len(p.buffer)+n]
		switch {
		case len(p.buffer) > maxPart:
			return nil, errTooMuch
		case errors.Is(err, io.EOF) || len(p.buffer) >= enough:
			return p.buffer[:min(len(p.buffer), enough)], nil
		case err != nil:
			return nil, err
		}
	}
}

// allowance ends a stream that sends more than it was allowed since the last part. It bounds what mime/multipart
// itself does not: the preamble and a part's header.
type allowance struct {
	from io.Reader
	left int
}

func (a *allowance) Read(b []byte) (int, error) {
	if a.left <= 0 {
		return 0, errTooMuch
	}
	n, err := a.from.Read(b[:min(len(b), a.left)])
	a.left -= n
	return n, err
}
