package secureunit

import (
	"errors"
	"fmt"

	"github.com/miekg/pkcs11"
)

// A Fault is a failure that a caller may decide on, with a sentence for the
// person who can mend it. All exported Err… values of this package are Faults;
// they come wrapped, so compare with errors.Is.
type Fault struct{ text, hint string }

func (f *Fault) Error() string { return f.text }

// Hint tells an installer, or a cashier, what to do about it.
func (f *Fault) Hint() string { return f.hint }

// Hint returns the hint of the first Fault that err wraps, or "".
func Hint(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.hint
	}
	return ""
}

// Failures of finding and opening the token.
var (
	ErrNoModule = &Fault{"PKCS#11 module not found or not loadable",
		"Install SoftHSM (Debian: apt install libsofthsm2), or set the path of your token's PKCS#11 module."}
	ErrModuleFailed = &Fault{"PKCS#11 module does not start",
		"Check that SOFTHSM2_CONF names a readable file and that its token directory exists and belongs to this user."}
	ErrNoToken = &Fault{"no token with this label",
		"Make the token first, check its label, and check that SOFTHSM2_CONF names the right directory."}
	ErrTokenExists = &Fault{"a token with this label exists already",
		"Use the existing token, or choose another label. Nothing was overwritten."}
	ErrAmbiguous = &Fault{"more than one token or key answers to this name",
		"Remove or rename the one that is not wanted; nothing is chosen by chance."}
	ErrNoFreeSlot = &Fault{"no slot with an empty token",
		"Insert an empty token, or use a module that makes slots as SoftHSM does."}
	ErrWrongPIN = &Fault{"the token refuses the PIN",
		"Check the PIN file or credential of this device. Do not keep trying: many tokens lock after three attempts."}
	ErrPINLocked = &Fault{"the token's PIN is locked",
		"Unlock it with the security officer's PIN, or initialise a new token and enrol again."}
	ErrBadPIN = &Fault{"the PIN is missing or has a length that the token does not take",
		"SoftHSM takes 4 to 255 bytes; check that the PIN file is not empty."}
)

// Failures of keys and stored objects.
var (
	ErrNoKey = &Fault{"no such key in the token",
		"Enrol this device: its keys are made then."}
	ErrKeyExposed = &Fault{"the key was not made in this token or can be read out of it",
		"Remove the key and enrol again: only keys made inside the token are used."}
	ErrWrongUse = &Fault{"the key is not for this use",
		"This is a programming error; please report it."}
	ErrUnsupportedDigest = &Fault{"only SHA-256 digests of 32 bytes are signed",
		"This is a programming error; please report it."}
	ErrNotFound = &Fault{"no such object in the token",
		"Enrol this device: its certificates are stored then."}
	ErrTooLarge = &Fault{"label or data too large for the token",
		"This is a programming error; please report it."}
)

// Failures of a scramble code.
var (
	ErrWrongCode = &Fault{"the scramble code is not the one drawn for this request",
		"The payment code was not made for this sale. Start the sale again."}
	ErrSpent = &Fault{"the scramble code was spent or given up before",
		"This payment code was shown before. Start a new sale."}
	ErrNotBound = &Fault{"the scramble code is bound to no request, or to one already",
		"This is a programming error; please report it."}
	ErrCodeLost = &Fault{"the token no longer knows the scramble code",
		"The token was restarted during the sale. Start the sale again."}
)

// Failures of the Unit itself.
var (
	ErrBusy = &Fault{"no token session became free in time",
		"Try again; if it happens often, allow more sessions."}
	ErrClosed = &Fault{"the secure unit is closed", "Start the program again."}
)

// during says what was being done, and turns what PKCS#11 answers into the
// Fault that a caller can decide on. The return value stays visible to
// errors.As as a pkcs11.Error.
func during(what string, err error) error {
	if err == nil {
		return nil
	}
	var fault *Fault
	if code, ok := ckr(err); ok && !errors.As(err, &fault) {
		if f := faultOf(code); f != nil {
			return fmt.Errorf("secure unit: %s: %w (%w)", what, f, err)
		}
	}
	return fmt.Errorf("secure unit: %s: %w", what, err)
}

func faultOf(code pkcs11.Error) *Fault {
	switch code {
	case pkcs11.CKR_PIN_INCORRECT:
		return ErrWrongPIN
	case pkcs11.CKR_PIN_LOCKED:
		return ErrPINLocked
	case pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE, pkcs11.CKR_PIN_EXPIRED,
		pkcs11.CKR_USER_PIN_NOT_INITIALIZED:
		return ErrBadPIN
	case pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED, pkcs11.CKR_KEY_TYPE_INCONSISTENT:
		return ErrWrongUse
	case pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_TOKEN_NOT_RECOGNIZED,
		pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_SLOT_ID_INVALID:
		return ErrNoToken
	}
	return nil
}

// ckr finds the return value of the PKCS#11 call that failed.
func ckr(err error) (pkcs11.Error, bool) {
	var code pkcs11.Error
	ok := errors.As(err, &code)
	return code, ok
}

func is(err error, codes ...uint) bool {
	code, ok := ckr(err)
	if !ok {
		return false
	}
	for _, c := range codes {
		if uint(code) == c {
			return true
		}
	}
	return false
}

// interrupted tells whether err means that sessions, login or handles were
// taken away under the operation, so that it was not carried out and may be
// repeated once they are back.
func interrupted(err error) bool {
	return is(err, pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_SESSION_HANDLE_INVALID,
		pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_OBJECT_HANDLE_INVALID, pkcs11.CKR_KEY_HANDLE_INVALID,
		pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_SLOT_ID_INVALID)
}
