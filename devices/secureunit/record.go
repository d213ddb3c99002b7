package secureunit

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
)

// A stored value is magic ‖ sequence (8 bytes, big endian) ‖ SHA-256(sequence
// ‖ data) ‖ data. PKCS#11 cannot replace an object's value in one step, so
// copies are told apart by the sequence; the sum makes a copy that was torn by
// a crash count for nothing. It is no protection against somebody who can
// write to the token.
const recordMagic = "CSo1"

const recordHeader = len(recordMagic) + 8 + sha256.Size

func encodeRecord(sequence uint64, data []byte) []byte {
	value := make([]byte, 0, recordHeader+len(data))
	value = append(value, recordMagic...)
	value = binary.BigEndian.AppendUint64(value, sequence)
	sum := recordSum(sequence, data)
	return append(append(value, sum[:]...), data...)
}

func decodeRecord(value []byte) (sequence uint64, data []byte, intact bool) {
	if len(value) < recordHeader || string(value[:len(recordMagic)]) != recordMagic {
		return 0, nil, false
	}
	sequence = binary.BigEndian.Uint64(value[len(recordMagic):])
	sum := recordSum(sequence, value[recordHeader:])
	if !bytes.Equal(sum[:], value[len(recordMagic)+8:recordHeader]) {
		return 0, nil, false
	}
	return sequence, value[recordHeader:], true
}

func recordSum(sequence uint64, data []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	_ = binary.Write(h, binary.BigEndian, sequence)
	h.Write(data)
	h.Sum(sum[:0])
	return sum
}

// older orders damaged copies first, then by sequence. Two copies of the same
// sequence, which only two processes at once could make, are ordered by their
// content, so that every reader picks the same.
func older(a, b record) int {
	if a.intact != b.intact {
		if b.intact {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.sequence, b.sequence), bytes.Compare(a.data, b.data))
}

// latest returns the newest intact copy, or nil.
func latest(records []record) *record {
	var newest *record
	for i := range records {
		if r := &records[i]; r.intact && (newest == nil || older(*newest, *r) < 0) {
			newest = r
		}
	}
	return newest
}
