package store

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// sealer seals records: AES-256-GCM with a nonce drawn for each, which is good for
// 2^32 records under one key (NIST SP 800-38D, 8.3). Bucket and key are bound to it
// as additional data.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (*sealer, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key of %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &sealer{aead}, err
}

func place(b Bucket, key []byte) []byte {
	return append(append([]byte(b), 0), key...) // no bucket's name has a zero in it
}

func (s *sealer) seal(b Bucket, key, value []byte) []byte {
	return s.aead.Seal(nil, nil, value, place(b, key))
}

func (s *sealer) open(b Bucket, key, sealed []byte) ([]byte, error) {
	value, err := s.aead.Open(nil, nil, sealed, place(b, key))
	if err != nil {
		return nil, fmt.Errorf("%w: record %s %x", ErrDamaged, b, key)
	}
	return value, nil
}

// Seal seals something that leaves the trusted application and comes back, under the
// file's key. use keeps what is sealed for one use from being taken for another's.
func (s *Store) Seal(use string, value []byte) []byte {
	return s.sealer.seal("outside", []byte(use), value)
}

// Unseal is the inverse of Seal. It fails with ErrDamaged.
func (s *Store) Unseal(use string, sealed []byte) ([]byte, error) {
	return s.sealer.open("outside", []byte(use), sealed)
}

// The heads of a bbolt file: its first two pages, of which the one with the higher
// transaction counts. If it is damaged, bbolt takes the other and says nothing: the
// file is then as it was one transaction earlier.
const (
	headStart = 16 // bytes of a page's own head
	headSum   = 56 // bytes that the sum behind them covers
)

// doubtful says whether one of the two heads is damaged.
func doubtful(file *os.File, pageSize int64) (bool, error) {
	for page := range int64(2) {
		var head [headSum + 8]byte
		if _, err := file.ReadAt(head[:], page*pageSize+headStart); err == io.EOF {
			return true, nil
		} else if err != nil {
			return false, err
		}
		sum := fnv.New64a()
		sum.Write(head[:headSum])
		if sum.Sum64() != binary.NativeEndian.Uint64(head[headSum:]) {
			return true, nil
		}
	}
	return false, nil
}
