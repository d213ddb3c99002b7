package monitor

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

// Limits bound what a record takes up on the disk.
type Limits struct {
	Bytes int64 // of one file; 4 MiB when 0, at least 64 KiB
	Files int   // kept, the current one included; 8 when 0, at least 2
}

// Log is a record that is being written. Safe for concurrent use.
type Log struct {
	path   string
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	file  *os.File
	size  int64
	n     uint64
	chain chain
	line  []byte
	err   error // once a line could not be written, none is
}

// Open opens the record at a path to go on with it, or begins one. A last line
// that is not whole is cut off. A file that was changed is put aside, as
// path.broken-N, and a new chain begun that says so.
func Open(path string, limits Limits, now func() time.Time) (*Log, error) {
	if limits.Bytes == 0 {
		limits.Bytes = 4 << 20
	}
	if limits.Files == 0 {
		limits.Files = 8
	}
	limits.Bytes, limits.Files = max(limits.Bytes, 64<<10), max(limits.Files, 2)
	l := &Log{path: path, limits: limits, now: now}
	if err := l.resume(); err != nil {
		return nil, fmt.Errorf("open the record of what passes: %w", err)
	}
	return l, nil
}

func (l *Log) resume() error {
	var r reader
	torn, err := r.file(l.path, nil)
	broken := new(BrokenError)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := r.file(turned(l.path, 1), nil); err == nil && r.last != 0 {
			l.n, l.chain = r.last, r.chain
			return l.begin(WhatContinue, "")
		}
		return l.begin(WhatBegin, "")
	case errors.As(err, &broken), err == nil && r.last == 0: // changed, or without a whole line
		why := "the record before was empty"
		if err != nil {
			why = fmt.Sprintf("the record before was changed: line %d", broken.Line)
		}
		if err := l.putAside(); err != nil {
			return err
		}
		return l.begin(WhatBegin, why)
	case err != nil:
		return err
	}
	l.n, l.chain = r.last, r.chain
	if l.file, err = os.OpenFile(l.path, os.O_RDWR, 0o600); err != nil {
		return err
	}
	if l.size, err = l.whole(torn); err != nil {
		return err
	}
	if torn {
		return l.Record(Entry{What: WhatStarted, Note: "the last line was not whole and was cut off"})
	}
	return nil
}

// whole cuts a torn line off, moves to the end and returns the size.
func (l *Log) whole(torn bool) (int64, error) {
	size, err := l.file.Seek(0, 2)
	if err != nil || !torn {
		return size, err
	}
	tail := make([]byte, min(size, 2*maxLine))
	if _, err := l.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, err
	}
	size -= int64(len(tail) - 1 - strings.LastIndexByte(string(tail), '\n'))
	if err := l.file.Truncate(size); err != nil {
		return 0, err
	}
	return l.file.Seek(size, 0)
}

// putAside moves the files of a record that does not hold out of the way.
func (l *Log) putAside() error {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.broken-%d", l.path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(l.path, aside); err != nil {
				return err
			}
			for old := 1; ; old++ {
				if err := os.Rename(turned(l.path, old), turned(aside, old)); err != nil {
					return nil
				}
			}
		}
	}
}

// begin makes a new file with its first line.
func (l *Log) begin(what, note string) error {
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	l.file, l.size = file, 0
	return l.write(Entry{What: what, Note: note, Before: hex.EncodeToString(l.chain[:])})
}

// Record writes a line; number, time and chain are the record's. When it fails, so
// does every later one.
func (l *Log) Record(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && l.size > l.limits.Bytes-maxLine {
		l.err = l.turn()
	}
	if l.err != nil {
		return l.err
	}
	return l.write(e)
}

func (l *Log) write(e Entry) error {
	e.N, e.Time = l.n+1, l.now()
	e.Note = strings.ToValidUTF8(e.Note[:min(len(e.Note), maxNote)], "")
	l.line = appendBody(l.line[:0], &e)
	after := l.chain.next(l.line)
	l.line = append(l.line, chainMember...)
	l.line = hex.AppendEncode(l.line, after[:])
	l.line = append(l.line, "\"}\n"...)
	n, err := l.file.Write(l.line)
	l.size += int64(n)
	if err != nil {
		l.err = fmt.Errorf("record what passes: %w", err)
		return l.err
	}
	l.n, l.chain = e.N, after
	return nil
}

// turn turns the file over and begins the next.
func (l *Log) turn() error {
	if err := errors.Join(l.file.Sync(), l.file.Close()); err != nil {
		return err
	}
	_ = os.Remove(turned(l.path, l.limits.Files-1))
	for n := l.limits.Files - 1; n > 1; n-- {
		if err := os.Rename(turned(l.path, n-1), turned(l.path, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(l.path, turned(l.path, 1)); err != nil {
		return err
	}
	return l.begin(WhatContinue, "")
}

// Chain is that of the last line, hexadecimal.
func (l *Log) Chain() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return hex.EncodeToString(l.chain[:])
}

// Close hands the record to the disk and closes it.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file, l.err = nil, fs.ErrClosed
	return err
}
