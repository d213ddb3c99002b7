// Package pinhash keeps PINs: as argon2id hashes (RFC 9106) with a salt and
// parameters of their own, and as nothing else.
//
// # Limits
//
// A PIN of few digits withstands somebody who has to try it here, where tries are
// counted; not somebody who copies the hash and computes at leisure.
package pinhash

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Costs are the parameters of argon2id.
type Costs struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// OWASP returns the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB,
// two passes, one lane.
func OWASP() Costs { return Costs{Memory: 19 << 10, Time: 2, Threads: 1} }

const (
	saltLength = 16
	sumLength  = 32
)

// Bounds of what is read back: a damaged hash must not have us compute for hours.
const (
	mostMemory  = 1 << 20 // KiB
	mostTime    = 64
	mostThreads = 16
)

// ErrHash says that a kept hash cannot be read.
var ErrHash = errors.New("kept PIN cannot be read")

// Hash is a PIN as it is kept. It is a value that == compares.
type Hash struct {
	Costs
	salt [saltLength]byte
	sum  [sumLength]byte
}

// New hashes a PIN with a salt of its own. The hash of a nil PIN is nobody's: it is made
// at once, to compare with it takes as long as with another, and nothing matches.
func New(pin []byte, costs Costs) Hash {
	h := Hash{Costs: costs}
	rand.Read(h.salt[:]) // never fails (crypto/rand)
	if pin == nil {      // nobody's
		rand.Read(h.sum[:])
		return h
	}
	h.sum = h.derive(pin)
	return h
}

func (h Hash) derive(pin []byte) [sumLength]byte {
	return [sumLength]byte(argon2.IDKey(pin, h.salt[:], h.Time, h.Memory, h.Threads, sumLength))
}

// Matches compares in a time that tells nothing. It takes the costs' memory and,
// with those of OWASP, some 20 ms.
func (h Hash) Matches(pin []byte) bool {
	sum := h.derive(pin)
	return subtle.ConstantTimeCompare(sum[:], h.sum[:]) == 1
}

// Text is the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
func (h Hash) Text() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt[:]), base64.RawStdEncoding.EncodeToString(h.sum[:]))
}

// Parse is the inverse of [Hash.Text]. Only what Text writes is accepted. Error:
// ErrHash.
func Parse(text string) (Hash, error) {
	var h Hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return Hash{}, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return Hash{}, ErrHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	sum, errSum := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(salt) != saltLength || len(sum) != sumLength {
		return Hash{}, ErrHash
	}
	h.salt, h.sum = [saltLength]byte(salt), [sumLength]byte(sum)
	if h.Text() != text || h.Memory < 8 || h.Memory > mostMemory || h.Time < 1 || h.Time > mostTime || h.Threads < 1 || h.Threads > mostThreads {
		return Hash{}, ErrHash
	}
	return h, nil
}
