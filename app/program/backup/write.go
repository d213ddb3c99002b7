package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
)

// firstWords and version are the line that a backup begins with.
const (
	firstWords = "countersign backup "
	version    = 1
)

// The frames.
const (
	frameAbout    = 'A'
	frameSection  = 'S'
	frameRecord   = 'R'
	frameManifest = 'M'
	frameEnd      = 'E'
)

const (
	maxText   = 4 << 20  // of a manifest
	maxName   = 256      // of a section
	maxRecord = 16 << 20 // of a key and of a value
)

func appendLength(to, of []byte) []byte { return binary.AppendUvarint(to, uint64(len(of))) }

// Writer writes a backup. It is for one goroutine; after an error it is no good.
type Writer struct {
	to    *bufio.Writer
	hash  hash.Hash
	about About
	tally Tally
}

// NewWriter begins a backup.
func NewWriter(to io.Writer, about About) (*Writer, error) {
	about.Made = about.Made.UTC()
	w := &Writer{to: bufio.NewWriterSize(to, 64<<10), hash: sha256.New(), about: about}
	if err := w.write(fmt.Appendf(nil, "%s%d\n", firstWords, version)); err != nil {
		return nil, err
	}
	return w, w.text(frameAbout, about)
}

func (w *Writer) write(b []byte) error {
	w.hash.Write(b) //nolint:errcheck // never fails
	if _, err := w.to.Write(b); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

func (w *Writer) frame(kind byte, fields ...[]byte) error {
	head := make([]byte, 0, 12)
	head = append(head, kind)
	for _, field := range fields {
		if err := w.write(appendLength(head, field)); err != nil {
			return err
		}
		if err := w.write(field); err != nil {
			return err
		}
		head = head[:0]
	}
	return nil
}

func (w *Writer) text(kind byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if len(text) > maxText {
		return fmt.Errorf("write backup: %d bytes in frame %c", len(text), kind)
	}
	return w.frame(kind, text)
}

// Section begins a section, whose name has 1 to 256 bytes.
func (w *Writer) Section(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("write backup: section name of %d bytes", len(name))
	}
	w.tally.Section(name)
	return w.frame(frameSection, []byte(name))
}

// Record adds a record to the section; key and value have at most 16 MB.
func (w *Writer) Record(key, value []byte) error {
	if max(len(key), len(value)) > maxRecord {
		return fmt.Errorf("write backup: record of %d and %d bytes", len(key), len(value))
	}
	w.tally.Record(key, value)
	return w.frame(frameRecord, key, value)
}

// Close ends the backup with the store's sums, and returns its manifest.
func (w *Writer) Close(sums any) (Manifest, error) {
	m := Manifest{About: w.about, Sections: w.tally.Sections()}
	var err error
	if m.Sums, err = json.Marshal(sums); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	if err := w.text(frameManifest, m); err != nil {
		return m, err
	}
	if err := w.frame(frameEnd, w.hash.Sum(nil)); err != nil {
		return m, err
	}
	if err := w.to.Flush(); err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	return m, nil
}
