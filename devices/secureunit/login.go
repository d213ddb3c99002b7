package secureunit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// login is this process's login at one token. PKCS#11 logs in a whole process
// at once, and SoftHSM answers a second C_Login without looking at its PIN. So
// the first Unit's PIN is checked by the token, and a keyed digest of it, under
// a key that lives no longer than this, checks those of the Units that follow.
type login struct {
	units  int
	key    [32]byte
	digest [sha256.Size]byte
}

func (l *login) mac(pin []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, l.key[:])
	h.Write(pin)
	h.Sum(sum[:0])
	return sum
}

func (l *login) remember(pin []byte) {
	rand.Read(l.key[:])
	l.digest = l.mac(pin)
}

func (l *login) matches(pin []byte) bool {
	sum := l.mac(pin)
	return hmac.Equal(sum[:], l.digest[:])
}

// join logs session in at the token for one more Unit. Called with admin held.
func (m *module) join(session pkcs11.SessionHandle, identity string, pin []byte) error {
	l := m.logins[identity]
	if l == nil {
		l = new(login)
	}
	in, err := m.loggedIn(session)
	if err != nil {
		return err
	}
	switch {
	case in && l.units > 0:
		if !l.matches(pin) {
			return ErrWrongPIN
		}
	case in:
		// Somebody outside this package is logged in. Only a fresh login
		// makes the token look at the PIN.
		if err := m.ctx.Logout(session); err != nil {
			return err
		}
		fallthrough
	default:
		if err := m.login(session, pin); err != nil {
			return err
		}
		l.remember(pin)
	}
	l.units++
	m.logins[identity] = l
	return nil
}

// rejoin logs session in again if the process was logged out. Called with
// admin held.
func (m *module) rejoin(session pkcs11.SessionHandle, identity string, pin []byte) error {
	in, err := m.loggedIn(session)
	if err != nil || in {
		return err
	}
	if err := m.login(session, pin); err != nil {
		return err
	}
	if l := m.logins[identity]; l != nil {
		l.remember(pin)
	}
	return nil
}

// leave ends one Unit's share in the login; the token logs out by itself when
// the last session is closed. Called with admin held.
func (m *module) leave(identity string) {
	if l := m.logins[identity]; l != nil {
		if l.units--; l.units <= 0 {
			delete(m.logins, identity)
		}
	}
}

func (m *module) loggedIn(session pkcs11.SessionHandle) (bool, error) {
	info, err := m.ctx.GetSessionInfo(session)
	return info.State == pkcs11.CKS_RW_USER_FUNCTIONS || info.State == pkcs11.CKS_RO_USER_FUNCTIONS, err
}

func (m *module) login(session pkcs11.SessionHandle, pin []byte) error {
	return m.ctx.Login(session, pkcs11.CKU_USER, transient(pin))
}

// transient shows pin to the binding, which wants a string, without a copy
// that could not be wiped. The string must not outlive pin.
func transient(pin []byte) string { return unsafe.String(unsafe.SliceData(pin), len(pin)) }
