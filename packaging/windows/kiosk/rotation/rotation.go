// Package rotation is a log file that does not grow for ever: when it is full it is
// renamed, and so are those before it, and the oldest is removed. Windows has nothing that
// would do so for a program's lines.
//
// A file that somebody reads just then cannot be renamed on Windows. It goes on growing
// until it can: no line is lost for the sake of its size.
package rotation

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// Log is the file and those before it: NAME, NAME.1 (the newest of them), … It may be
// written to by many goroutines.
type Log struct {
	name string
	most int64 // bytes
	kept int

	mu   sync.Mutex
	file *os.File
	size int64
}

// Open opens a log, whose lines are added to what is there. Files are at most most bytes
// long and one line more; kept of them are kept besides the newest.
func Open(name string, most int64, kept int) (*Log, error) {
	l := &Log{name: name, most: most, kept: kept}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Log) open() error {
	file, err := os.OpenFile(l.name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open log: %w", err), file.Close())
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write adds to the log. What is written at once is not taken apart.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > 0 && l.size+int64(len(text)) > l.most {
		if err := l.turn(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	return n, err
}

// turn renames the files and opens a new one, or the same again where that cannot be.
func (l *Log) turn() error {
	if err := l.file.Close(); err != nil {
		return fmt.Errorf("rotate log: %w", err)
	}
	for at := l.kept; at > 0; at-- {
		if err := os.Rename(l.before(at-1), l.before(at)); err != nil && at == 1 {
			break // somebody reads it: it grows on
		}
	}
	return l.open()
}

func (l *Log) before(at int) string {
	if at == 0 {
		return l.name
	}
	return fmt.Sprintf("%s.%d", l.name, at)
}

// Close closes the file.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}
