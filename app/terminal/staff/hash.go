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

// Costs are the parameters of argon2id (RFC 9106).
type Costs struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// owasp are the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two
// passes, one lane.
var owasp = Costs{Memory: 19 << 10, Time: 2, Threads: 1}

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
	Costs
	salt [saltLength]byte
	sum  [hashLength]byte
}

// newHash hashes a PIN with a salt of its own.
func newHash(pin []byte, p Costs) hash {
	h := hash{Costs: p}
	rand.Read(h.salt[:]) // never fails (crypto/rand)
	h.sum = h.derive(pin)
	return h
}

func (h hash) derive(pin []byte) [hashLength]byte {
	return [hashLength]byte(argon2.IDKey(pin, h.salt[:], h.Time, h.Memory, h.Threads, hashLength))
}

// matches compares in a time that tells nothing.
func (h hash) matches(pin []byte) bool {
	sum := h.derive(pin)
	return subtle.ConstantTimeCompare(sum[:], h.sum[:]) == 1
}

// text is the PHC string format, "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
func (h hash) text() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Time, h.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt[:]), base64.RawStdEncoding.EncodeToString(h.sum[:]))
}

// parseHash is the inverse of text. Only what text writes is accepted.
func parseHash(text string) (hash, error) {
	var h hash
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return hash{}, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return hash{}, ErrHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	sum, errSum := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(salt) != saltLength || len(sum) != hashLength {
		return hash{}, ErrHash
	}
	h.salt, h.sum = [saltLength]byte(salt), [hashLength]byte(sum)
	if h.text() != text || h.Memory < 8 || h.Memory > mostMemory || h.Time < 1 || h.Time > mostTime || h.Threads < 1 || h.Threads > mostThreads {
		return hash{}, ErrHash
	}
	return h, nil
}
