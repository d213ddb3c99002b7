package supportbundle

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Bounds of what goes into a bundle.
const (
	MaxPart = 4 << 20  // bytes of a part
	MaxLine = 64 << 10 // bytes of a line; the rest of a longer one is left out
)

// scrubbing writes to w what is written to it, line by line, without secrets.
type scrubbing struct {
	w        io.Writer
	scrubber *Scrubber
	line     []byte
	cut      int  // bytes left out of the line
	pem      bool // inside of one
	bytes    int
	full     bool
}

// Write takes any bytes; what is not a whole line yet waits.
func (s *scrubbing) Write(b []byte) (int, error) {
	taken := len(b)
	for len(b) > 0 && !s.full {
		end := bytes.IndexByte(b, '\n')
		part := b
		if end >= 0 {
			part = b[:end]
		}
		room := min(len(part), MaxLine-len(s.line))
		s.line, s.cut = append(s.line, part[:room]...), s.cut+len(part)-room
		if end < 0 {
			break
		}
		if err := s.flush(); err != nil {
			return 0, err
		}
		b = b[end+1:]
	}
	return taken, nil
}

// flush writes the line that waits.
func (s *scrubbing) flush() error {
	text := string(bytes.TrimSuffix(s.line, []byte("\r")))
	cut := s.cut
	s.line, s.cut = s.line[:0], 0
	switch {
	case s.full:
		return nil
	case cut > 0: // half a secret at its end could not be told any more
		text = s.scrubber.mark("a line of more than 64 kB", text)
	case s.pem || strings.Contains(text, "-----BEGIN "):
		s.pem = !strings.Contains(text, "-----END ")
		text = s.scrubber.mark("PEM", text)
	default:
		text = s.scrubber.line(text)
	}
	s.bytes += len(text) + 1
	if s.bytes > MaxPart {
		s.full = true
		text = fmt.Sprintf("… and more: a part has at most %d MB.", MaxPart>>20)
	}
	_, err := io.WriteString(s.w, text+"\n")
	return err
}

// close writes what waits without an end of its line.
func (s *scrubbing) close() error {
	if len(s.line) == 0 && s.cut == 0 {
		return nil
	}
	return s.flush()
}
