package journal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"countersign/app/terminal/sale"

	"go.etcd.io/bbolt"
)

// Format is the format that this package writes. It opens older ones, which it brings
// forward (see migrate.go), and newer ones whose least reader is not newer than this.
//
//	1  nothing says so but the copy's title; the very first had no copy
//	2  both files say their format and their least reader
//
// A newer program's entries may have members that this one does not know: they are
// kept as they stand and passed over. Whatever an older program would misunderstand,
// such as a new event, must have the least reader raised before it is written.
const Format = 2

// header is what both files say about their format. Each has its own, because they
// are written one after the other; the larger numbers count.
type header struct {
	// format is the newest in which something in it was written, reader the oldest
	// format whose programs can read all of it. 1 to 99; 0 where nothing is known.
	format, reader int
}

const (
	// firstTitle is how a copy of format 1 begins. All later titles are as long, so
	// that no frame moves when a title changes.
	firstTitle = "countersign journal copy, format 1\n"
	titleSize  = int64(len(firstTitle))
)

// title is how a copy begins, and what the store has under keyFormat: format, least
// reader, and a checksum, so that a rotten title does not pass for a newer one.
func (h header) title() []byte {
	if h.format <= 1 {
		return []byte(firstTitle)
	}
	text := fmt.Sprintf("countersign journal %02d %02d ", h.format, h.reader)
	return fmt.Appendf(nil, "%s%08x\n", text, crc32.Checksum([]byte(text), castagnoli))
}

// parseTitle reads a title; ErrDamaged where it is none.
func parseTitle(title []byte) (h header, err error) {
	if string(title) == firstTitle {
		return header{1, 1}, nil
	}
	if int64(len(title)) == titleSize {
		if _, err := fmt.Sscanf(string(title), "countersign journal %02d %02d ", &h.format, &h.reader); err == nil &&
			h.reader > 0 && h.reader <= h.format && string(h.title()) == string(title) {
			return h, nil
		}
	}
	return header{}, fmt.Errorf("%w: it does not begin as a copy", ErrDamaged)
}

func (h header) or(other header) header {
	return header{max(h.format, other.format), max(h.reader, other.reader)}
}

// edition is what a program can do. Tests have those of other versions.
type edition struct {
	// format is the newest that it knows; reader the oldest whose programs read what
	// it writes, but for the entries for which needs returns more.
	format, reader int
	// needs returns the format that a program must know to read an entry; nil: reader.
	needs func(sale.Entry) int
	// step brings what the store keeps besides the records forward from an older
	// format, or from what an older program left of this one. It is done once or more;
	// nil: there is nothing to do.
	step func(tx *bbolt.Tx, from int) error
	// decode reads an entry of its own format.
	decode func(text []byte) (sale.Entry, error)
}

func thisEdition() edition { return edition{format: Format, reader: 2, decode: decode} }

// header is that of the files it makes.
func (e edition) header() header { return header{e.format, e.reader} }

// opens refuses what was written for newer programs alone.
func (e edition) opens(h header) error {
	if h.reader <= e.format {
		return nil
	}
	newer := &NewerError{Format: h.format, Reader: h.reader, Program: e.format}
	return &Error{Err: newer, hint: fmt.Sprintf("install a version of this program again that knows journal format %d; the journal was not changed", h.reader)}
}

// reads returns how entries of a journal are decoded: also when a newer program wrote
// what this one may pass over.
func (e edition) reads(h header) func([]byte) (sale.Entry, error) {
	if h.format > e.format {
		return decodeNewer
	}
	return e.decode
}

// decodeNewer reads what is known of an entry that a newer program may have written.
func decodeNewer(text []byte) (sale.Entry, error) {
	var e sale.Entry
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	if e.Event == "" {
		return e, fmt.Errorf("%w: an entry without an event", ErrBroken)
	}
	return e, nil
}

// NewerError says that a journal was written by a newer program, in a way that this
// one cannot read. It is [ErrNewer].
type NewerError struct {
	// Format is the journal's, Reader the oldest whose programs can read it, Program
	// the newest that this program knows.
	Format, Reader, Program int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%v: the journal has format %d, which programs from format %d on can read; this program knows format %d", ErrNewer, e.Format, e.Reader, e.Program)
}

// Is says that it is [ErrNewer].
func (e *NewerError) Is(target error) bool { return target == ErrNewer }

// Keys of the store about its format.
var (
	keyFormat = []byte("format")
	// keyWriter: the format of the program that had it open for writing last.
	keyWriter = []byte("written by format")
)

// header reads what the store says about its format, and the format of the program
// that wrote to it last: zeros where its making was cut short.
func (s *store) header() (h header, writer int, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return nil
		}
		h, writer = header{1, 1}, 1
		if n := meta.Get(keyWriter); len(n) == 8 {
			writer = int(min(binary.BigEndian.Uint64(n), 99))
		}
		if title := meta.Get(keyFormat); title != nil {
			h, err = parseTitle(title)
		}
		return err
	})
	return h, writer, err
}

func putHeader(tx *bbolt.Tx, h header, writer int) error {
	meta := tx.Bucket(bucketMeta)
	if err := meta.Put(keyFormat, h.title()); err != nil {
		return err
	}
	return meta.Put(keyWriter, number(uint64(writer)))
}

// raise has both files say that older programs cannot read what comes next.
func (j *Journal) raise(reader int) error {
	h := j.header.or(header{j.options.edition.format, reader})
	if err := j.copy.entitle(h); err != nil {
		return err
	}
	err := j.store.update(func(tx *bbolt.Tx) error { return putHeader(tx, h, j.options.edition.format) })
	if err == nil {
		j.header = h
	}
	return err
}

// needed is the format that some entries need.
func (j *Journal) needed(group []*pending) (reader int) {
	if j.options.edition.needs != nil {
		for _, p := range group {
			reader = max(reader, j.options.edition.needs(p.entry))
		}
	}
	return reader
}
