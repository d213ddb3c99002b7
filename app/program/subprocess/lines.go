package subprocess

import (
	"bytes"
	"strings"
	"sync"
)

// longest is the longest line that is handed on whole; what follows is another.
const longest = 1 << 20

// lines hands on what is written to it line by line.
type lines struct {
	said func(line []byte)
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	if l.said == nil {
		return len(p), nil
	}
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte{'\n'})
		if !found {
			break
		}
		l.said(bytes.Clone(line))
		l.rest = rest
	}
	if len(l.rest) > longest {
		l.end()
	}
	return len(p), nil
}

// end hands on what has no end of line.
func (l *lines) end() {
	if l.said != nil && len(l.rest) > 0 {
		l.said(bytes.Clone(l.rest))
	}
	l.rest = nil
}

// tailLines is how much of a program's last words is kept.
const tailLines = 12

// tail keeps the last lines of what is written to it. It may be written and read
// at the same time.
type tail struct {
	mu    sync.Mutex
	text  []byte
	lines int
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.lines += bytes.Count(p, []byte{'\n'})
	for ; t.lines > tailLines; t.lines-- {
		_, t.text, _ = bytes.Cut(t.text, []byte{'\n'})
	}
	if over := len(t.text) - longest; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
