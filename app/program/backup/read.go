package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Visitor is shown what is in a backup, in the order in which it was written. Key
// and value are its own. Nil functions are left out.
type Visitor struct {
	About   func(About) error
	Section func(name string) error
	Record  func(key, value []byte) error
}

// Read reads a backup of a program to its end. What v was shown is good only when
// Read has returned no error: the checksum comes last.
func Read(ctx context.Context, from io.Reader, program string, v Visitor) (Manifest, error) {
	r := &reader{from: bufio.NewReaderSize(from, 64<<10), hash: sha256.New(), visitor: v}
	m, err := r.read(ctx, program)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrCut
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("read backup: %w", err)
	}
	return m, nil
}

type reader struct {
	from    *bufio.Reader
	hash    hash.Hash
	visitor Visitor
	tally   Tally
}

func (r *reader) read(ctx context.Context, program string) (m Manifest, err error) {
	if err := r.first(); err != nil {
		return m, err
	}
	var about About
	if kind, err := r.ReadByte(); err != nil {
		return m, err
	} else if kind != frameAbout {
		return m, fmt.Errorf("%w: frame %q where it says what it is", ErrDamaged, kind)
	}
	if err := r.json(&about); err != nil {
		return m, err
	}
	if about.Program != program {
		return m, fmt.Errorf("%w: %q, not %q", ErrProgram, about.Program, program)
	}
	if r.visitor.About != nil {
		if err := r.visitor.About(about); err != nil {
			return m, err
		}
	}
	if err := r.records(ctx); err != nil {
		return m, err
	}
	if err := r.json(&m); err != nil {
		return m, err
	}
	if m.About != about || !slices.Equal(m.Sections, r.tally.Sections()) {
		return m, fmt.Errorf("%w: its manifest is not of what is in it", ErrDamaged)
	}
	return m, r.end()
}

// first reads the line by which a backup is known.
func (r *reader) first() error {
	line := make([]byte, 0, len(firstWords)+8)
	for len(line) < cap(line) && !bytes.HasSuffix(line, []byte("\n")) {
		b, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		line = append(line, b)
	}
	if len(line) == 0 {
		return ErrCut
	}
	if short := string(line[:min(len(line), len(firstWords))]); !strings.HasPrefix(firstWords, short) {
		return ErrForeign
	}
	number, whole := strings.CutSuffix(string(line), "\n")
	if !whole && len(line) < cap(line) {
		return ErrCut
	}
	n, err := strconv.Atoi(strings.TrimPrefix(number, firstWords))
	switch {
	case err != nil || n < 1:
		return ErrDamaged
	case n > version:
		return fmt.Errorf("%w: format %d, this program reads %d", ErrNewer, n, version)
	}
	return nil
}

// records reads up to the manifest's frame.
func (r *reader) records(ctx context.Context) error {
	sections := 0
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		kind, err := r.ReadByte()
		if err != nil {
			return err
		}
		switch {
		case kind == frameSection:
			name, err := r.field(maxName)
			if err != nil {
				return err
			}
			sections++
			r.tally.Section(string(name))
			if r.visitor.Section == nil {
				continue
			}
			if err := r.visitor.Section(string(name)); err != nil {
				return err
			}
		case kind == frameRecord && sections > 0:
			if err := r.record(); err != nil {
				return err
			}
		case kind == frameManifest:
			return nil
		default:
			return fmt.Errorf("%w: frame %q", ErrDamaged, kind)
		}
	}
}

func (r *reader) record() error {
	key, err := r.field(maxRecord)
	if err != nil {
		return err
	}
	value, err := r.field(maxRecord)
	if err != nil {
		return err
	}
	r.tally.Record(key, value)
	if r.visitor.Record == nil {
		return nil
	}
	return r.visitor.Record(key, value)
}

// end reads the checksum, after which nothing comes.
func (r *reader) end() error {
	sum := r.hash.Sum(nil)
	kind, err := r.ReadByte()
	if err != nil {
		return err
	}
	have, err := r.field(len(sum))
	switch {
	case err != nil:
		return err
	case kind != frameEnd || !bytes.Equal(have, sum):
		return fmt.Errorf("%w: its checksum is wrong", ErrDamaged)
	}
	if _, err := r.ReadByte(); err == nil {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// ReadByte reads one byte, as binary.ReadUvarint has it.
func (r *reader) ReadByte() (byte, error) {
	b, err := r.from.ReadByte()
	if err == nil {
		r.hash.Write([]byte{b}) //nolint:errcheck // never fails
	}
	return b, err
}

func (r *reader) field(most int) ([]byte, error) {
	length, err := binary.ReadUvarint(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err != nil || length > uint64(most) {
		return nil, fmt.Errorf("%w: a length is impossible", ErrDamaged)
	}
	field := make([]byte, length)
	if _, err := io.ReadFull(r.from, field); err != nil {
		return nil, err
	}
	r.hash.Write(field) //nolint:errcheck // never fails
	return field, nil
}

func (r *reader) json(into any) error {
	text, err := r.field(maxText)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
