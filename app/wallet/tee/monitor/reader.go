package monitor

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// BrokenError says where a record does not hold together.
type BrokenError struct {
	File string
	Line int // from 1
	Why  string
}

// Error names file, line and reason.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the record was changed: %s line %d: %s", e.File, e.Line, e.Why)
}

// Summary is what a whole record holds.
type Summary struct {
	Files       int
	Lines       uint64
	First, Last uint64 // numbers of lines
	Chain       string // of the last line, hexadecimal
	Torn        bool   // the last line is not whole: the machine stopped while it was written
}

// Read verifies the record at a path with the files turned over from it, oldest
// first, and calls f with every line, unless f is nil. It ends with a
// [*BrokenError] at the first line that does not follow from those before, and
// with fs.ErrNotExist when there is no record.
func Read(path string, f func(Entry) error) (Summary, error) {
	files := []string{path}
	for n := 1; ; n++ {
		name := turned(path, n)
		if _, err := os.Stat(name); err != nil {
			break
		}
		files = append(files, name)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && len(files) > 1 {
		files = files[1:] // it stopped between turning over and beginning anew
	}
	var s Summary
	var r reader
	for i := len(files) - 1; i >= 0; i-- {
		if s.Torn {
			return s, &BrokenError{files[i+1], r.line, "it ends within a line"}
		}
		torn, err := r.file(files[i], f)
		s.Files++
		s.First, s.Last, s.Torn = r.first, r.last, torn
		s.Chain = hex.EncodeToString(r.chain[:])
		if r.first != 0 {
			s.Lines = r.last - r.first + 1
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func turned(path string, n int) string { return fmt.Sprintf("%s.%d", path, n) }

// reader follows a chain.
type reader struct {
	chain       chain
	first, last uint64
	line        int
}

// file follows the chain through a file, and says whether its end is torn.
func (r *reader) file(name string, f func(Entry) error) (torn bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 2*maxLine)
	for r.line = 1; ; r.line++ {
		line, err := in.ReadSlice('\n')
		if err == io.EOF {
			return len(line) > 0, nil
		}
		if err == bufio.ErrBufferFull {
			return false, &BrokenError{name, r.line, "too long"}
		}
		if err != nil {
			return false, err
		}
		entry, why := r.follow(line[:len(line)-1])
		if why != "" {
			return false, &BrokenError{name, r.line, why}
		}
		if f != nil {
			if err := f(entry); err != nil {
				return false, err
			}
		}
	}
}

func (r *reader) follow(line []byte) (Entry, string) {
	e, body, c, err := parse(line)
	if err != nil {
		return e, err.Error()
	}
	begins := e.What == WhatBegin || e.What == WhatContinue
	switch {
	case begins != (r.line == 1), begins && len(e.Before) != 2*len(c), !begins && e.Before != "":
		return e, "it begins a file where none begins, or does not where one does"
	case e.What == WhatBegin && (r.last != 0 || e.N != 1):
		return e, "a new chain within another"
	case r.last != 0 && e.N != r.last+1:
		return e, fmt.Sprintf("number %d after %d", e.N, r.last)
	}
	before := r.chain
	if begins {
		if _, err := hex.Decode(before[:], []byte(e.Before)); err != nil {
			return e, "no chain to continue"
		}
		if r.last != 0 && before != r.chain || e.What == WhatBegin && before != (chain{}) {
			return e, "it continues another chain"
		}
	}
	if before.next(body) != c {
		return e, "its chain does not follow"
	}
	if r.first == 0 {
		r.first = e.N
	}
	r.chain, r.last = c, e.N
	return e, ""
}
