package secureunit

import (
	"errors"
	"testing"

	"github.com/miekg/pkcs11"
)

// SoftHSM never locks a PIN and is never pulled out; other tokens are.
func TestAnswersBecomeFaults(t *testing.T) {
	for code, want := range map[uint]*Fault{
		pkcs11.CKR_PIN_INCORRECT:              ErrWrongPIN,
		pkcs11.CKR_PIN_LOCKED:                 ErrPINLocked,
		pkcs11.CKR_PIN_EXPIRED:                ErrBadPIN,
		pkcs11.CKR_USER_PIN_NOT_INITIALIZED:   ErrBadPIN,
		pkcs11.CKR_DEVICE_REMOVED:             ErrNoToken,
		pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED: ErrWrongUse,
	} {
		// Wrapped twice, as errors are on their way up; the first Fault stays.
		err := during("outer", during("inner", pkcs11.Error(code)))
		if !errors.Is(err, want) || !errors.Is(err, pkcs11.Error(code)) || Hint(err) != want.hint {
			t.Errorf("%#x becomes %v", code, err)
		}
	}
	plain := errors.New("something else")
	if err := during("x", plain); !errors.Is(err, plain) || Hint(err) != "" || during("x", nil) != nil {
		t.Errorf("other errors: %v", err)
	}
}
