package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The copy is a line of text, its title (see format.go), then frames:
//
//	length    4 bytes  of what follows the checksum
//	checksum  4 bytes  CRC-32C of the length and of what follows
//	kind      1 byte   'e' entry, 'c' checkpoint
//	sequence  8 bytes  entry: its number; checkpoint: number of the last entry before it
//	content            entry: the record as in the journal; checkpoint: see checkpoint.go
//
// Numbers are big endian. The checksum is a CRC and not the chain's hash, because
// it must tell a torn or rotten frame without what stands before it, and because
// it covers the length; what somebody changed on purpose is told by the chain,
// which the records carry.
const (
	frameHeader = 8
	frameFixed  = 9
	// frameMost bounds a frame's length: an entry is a few kilobytes.
	frameMost = 1 << 20

	kindEntry      = 'e'
	kindCheckpoint = 'c'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Errors of a frame.
var (
	errTorn  = errors.New("cut short")
	errFrame = errors.New("checksum or form is wrong")
)

// frame is one record of the copy.
type frame struct {
	kind     byte
	sequence uint64
	content  []byte
}

// appendFrame encodes a frame.
func appendFrame(to []byte, f frame) []byte {
	at := len(to)
	to = binary.BigEndian.AppendUint32(to, uint32(frameFixed+len(f.content)))
	to = append(to, 0, 0, 0, 0, f.kind)
	to = binary.BigEndian.AppendUint64(to, f.sequence)
	to = append(to, f.content...)
	binary.BigEndian.PutUint32(to[at+4:], frameSum(to[at:at+4], to[at+frameHeader:]))
	return to
}

func frameSum(length, body []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, body)
}

// frameSize reads a frame's header: how many bytes the frame takes.
func frameSize(header []byte) (int, error) {
	length := binary.BigEndian.Uint32(header)
	if length < frameFixed || length > frameMost {
		return 0, errFrame
	}
	return frameHeader + int(length), nil
}

// parseFrame decodes one whole frame.
func parseFrame(b []byte) (frame, error) {
	f := frame{kind: b[frameHeader], sequence: binary.BigEndian.Uint64(b[frameHeader+1:]), content: b[frameHeader+frameFixed:]}
	if binary.BigEndian.Uint32(b[4:]) != frameSum(b[:4], b[frameHeader:]) || f.kind != kindEntry && f.kind != kindCheckpoint {
		return frame{}, errFrame
	}
	return f, nil
}

// frameReader reads frames one after another.
type frameReader struct {
	r *bufio.Reader
	// at is where the next frame begins.
	at int64
}

func readFrames(r io.ReaderAt, from, to int64) *frameReader {
	return &frameReader{r: bufio.NewReaderSize(io.NewSectionReader(r, from, max(to-from, 0)), 1<<16), at: from}
}

// next returns the next frame; io.EOF after the last whole one, errTorn where
// the bytes end within a frame, errFrame where they are not one. After an error
// at stands where the frame should have begun.
func (fr *frameReader) next() (frame, error) {
	header, err := fr.r.Peek(frameHeader)
	switch {
	case err == io.EOF && len(header) == 0:
		return frame{}, io.EOF
	case err == io.EOF:
		return frame{}, errTorn
	case err != nil:
		return frame{}, fmt.Errorf("read copy: %w", err)
	}
	size, err := frameSize(header)
	if err != nil {
		return frame{}, err
	}
	b := make([]byte, size)
	switch _, err := io.ReadFull(fr.r, b); {
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return frame{}, errTorn
	case err != nil:
		return frame{}, fmt.Errorf("read copy: %w", err)
	}
	f, err := parseFrame(b)
	if err == nil {
		fr.at += int64(size)
	}
	return f, err
}

// holdsFrame looks for a whole frame anywhere in bytes that do not begin with
// one: then more than an end is missing.
func holdsFrame(b []byte) bool {
	for at := 1; at+frameHeader+frameFixed <= len(b); at++ {
		size, err := frameSize(b[at:])
		if err != nil || at+size > len(b) {
			continue
		}
		if _, err := parseFrame(b[at : at+size]); err == nil {
			return true
		}
	}
	return false
}
