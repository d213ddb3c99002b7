package staff

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// parameters of argon2id (RFC 9106).
type parameters struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// owasp are the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two
// passes, one lane.
var owasp = parameters{memory: 19 << 10, time: 2, threads: 1}

const (
	saltLength = 16
	hashLength = 32
)

// Bounds of what is read back: a damaged file must not have us compute for hours.
const (
	mostMemory  = 1 << 20 // KiB
	mostTime    = 64
	mostThreads = 16
)

// ErrHash says that a kept hash cannot be read.
var ErrHash = errors.New("kept PIN cannot be read")

// hash is a PIN as it is kept.
type hash struct {
	parameters
	salt [saltLength]byte
	sum  [hashLength]byte
}

// newHash hashes a PIN with a salt of its own.
func newHash(pin []byte, p parameters) hash {
	h := hash{parameters: p}
	rand.Read(h.salt[:]) // never fails (crypto/rand)
	h.sum = h.derive(pin)
	return h
}

func (h hash) derive(pin []byte) [hashLength]byte {
	return [hashLength]byte(argon2.IDKey(pin, h.salt[:], h.time, h.memory, h.threads, hashLength))
}

// matches compares in a time that tells nothing.
func (h hash) matches(pin []byte) bool {
	sum := h.derive(pin)
	return subtle.ConstantTimeCompare(sum[:], h.sum[:]) == 1
}

// text is the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
func (h hash) text() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads,
		base64.RawStdEncoding.EncodeToString(h.salt[:]), base64.RawStdEncoding.EncodeToString(h.sum[:]))
}

// parseHash is the inverse of text. Only what text writes is accepted.
func parseHash(text string) (hash, error) {
	var h hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return hash{}, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return hash{}, ErrHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	sum, errSum := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(salt) != saltLength || len(sum) != hashLength {
		return hash{}, ErrHash
	}
	h.salt, h.sum = [saltLength]byte(salt), [hashLength]byte(sum)
	if h.text() != text || h.memory < 8 || h.memory > mostMemory || h.time < 1 || h.time > mostTime || h.threads < 1 || h.threads > mostThreads {
		return hash{}, ErrHash
	}
	return h, nil
}
