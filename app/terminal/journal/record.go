package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"countersign/app/terminal/sale"
)

// Hash chains records: SHA-256 over the previous hash and the record's entry.
type Hash = [sha256.Size]byte

// record is what is stored, in the journal and in its copy: the hash of the
// record before it, then the entry as JSON.
type record struct {
	previous Hash
	entry    []byte
}

func (r record) hash() Hash { return sha256.Sum256(append(r.previous[:], r.entry...)) }

func (r record) bytes() []byte { return append(r.previous[:], r.entry...) }

func parse(value []byte) (record, error) {
	if len(value) < sha256.Size {
		return record{}, fmt.Errorf("%w: record too short", ErrBroken)
	}
	return record{previous: Hash(value[:sha256.Size]), entry: value[sha256.Size:]}, nil
}

// decode reads an entry back. Only what Append of this format wrote is accepted.
func decode(text []byte) (sale.Entry, error) {
	var e sale.Entry
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("%w: %v", ErrBroken, err)
	}
	again, err := json.Marshal(e)
	if err != nil || string(again) != string(text) {
		return e, fmt.Errorf("%w: entry was not written by this journal", ErrBroken)
	}
	return e, nil
}

// chain walks along records and holds what they must agree with.
type chain struct {
	sequence uint64
	head     Hash
	// decode reads an entry; nil: decode.
	decode func(text []byte) (sale.Entry, error)
}

// follow checks the record after the chain's last one and goes on to it.
func (c *chain) follow(sequence uint64, value []byte) (sale.Entry, error) {
	if sequence != c.sequence+1 {
		return sale.Entry{}, fmt.Errorf("%w: record %d is missing", ErrBroken, c.sequence+1)
	}
	r, err := parse(value)
	if err != nil {
		return sale.Entry{}, fmt.Errorf("record %d: %w", sequence, err)
	}
	if r.previous != c.head {
		return sale.Entry{}, fmt.Errorf("%w: record %d does not follow record %d", ErrBroken, sequence, c.sequence)
	}
	read := c.decode
	if read == nil {
		read = decode
	}
	e, err := read(r.entry)
	if err != nil {
		return e, fmt.Errorf("record %d: %w", sequence, err)
	}
	c.sequence, c.head = sequence, r.hash()
	return e, nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
