package doctor

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"countersign/devices/secureunit"
	"countersign/settlementclient/enrolment"
)

// Keys is what is looked at in a secure unit.
type Keys interface {
	Signer(secureunit.Purpose) (crypto.Signer, error)
	Agreement() (ecdh.KeyExchanger, error)
}

// Enrolled is what a token holds of the terminal's enrolment. The check of the token
// opens it; those that need it wait for that.
type Enrolled struct {
	opened      chan struct{}
	credentials *enrolment.Credentials
	close       func() error
}

// NewEnrolled is of a token that is not open yet.
func NewEnrolled() *Enrolled { return &Enrolled{opened: make(chan struct{})} }

// EnrolledAs is of a token that is somebody else's and open: what it holds was read, and its
// check is not needed.
func EnrolledAs(c *enrolment.Credentials) *Enrolled {
	e := &Enrolled{opened: make(chan struct{}), credentials: c}
	close(e.opened)
	return e
}

// Close closes the token, if the check has opened it. One that still hangs in the token's
// library is left to the end of the process.
func (e *Enrolled) Close() error {
	select {
	case <-e.opened:
		if e.close != nil {
			return e.close()
		}
	default:
	}
	return nil
}

// Credentials waits for the token, and returns what it holds: nil where it does not open
// or holds no enrolment.
func (e *Enrolled) Credentials(ctx context.Context) *enrolment.Credentials {
	select {
	case <-e.opened:
		return e.credentials
	case <-ctx.Done():
		return nil
	}
}

// Token opens the token, has each of the three keys do what it is for, and reads the
// enrolment. pinFile is looked at as well, if it is named: others must not read it. It is
// to be called once.
func (e *Enrolled) Token(config secureunit.Config, pinFile string) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		defer close(e.opened)
		var f finding
		f = f.fact("label", config.Token)
		if pinFile == "" {
			return f.bad("No file with the token's PIN is named.", "Set the PIN file: --pin-file, or pin-file in the configuration.").done()
		}
		if f = ownersAlone(f, pinFile); f.state == Bad {
			return f.done()
		}
		unit, err := secureunit.Open(ctx, config)
		if err != nil {
			return f.failed(err, "Check the token's module, label and PIN file.").done()
		}
		e.close = unit.Close
		if f = threeKeys(f, unit); f.state == Bad {
			return f.done()
		}
		e.credentials, err = enrolment.Load(enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS))
		if err != nil {
			return f.failed(err, "Enrol this terminal: terminal enrol.").done()
		}
		return f.fact("subject", string(e.credentials.Subject)).done()
	}
}

// ownersAlone looks at the rights of the file with the PIN.
func ownersAlone(f finding, pinFile string) finding {
	info, err := os.Stat(pinFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.bad(fmt.Sprintf("The PIN file %s is not there.", pinFile), "Make the file with the token's PIN, readable for the terminal's user alone, or set its right name.")
	case err != nil:
		return f.failed(fmt.Errorf("the PIN file cannot be looked at: %w", err), "Run this as the terminal's user, and check the file's folder.")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return f.warn(fmt.Sprintf("Others may read the PIN file %s (rights %04o).", pinFile, info.Mode().Perm()), "Take the rights away: chmod 600 "+pinFile)
	}
	return f
}

// threeKeys has each key do what it is for, with numbers drawn for it that mean nothing.
func threeKeys(f finding, unit Keys) finding {
	for _, p := range []secureunit.Purpose{secureunit.Signing, secureunit.TLS} {
		signer, err := unit.Signer(p)
		if err != nil {
			return f.key(p, err)
		}
		if err := signs(signer); err != nil {
			return f.fact("key", p.String()).failed(fmt.Errorf("the %v key does not sign: %w", p, err), "Restart the machine; if that does not help, make a new token and enrol again.")
		}
	}
	key, err := unit.Agreement()
	if err != nil {
		return f.key(secureunit.Agreement, err)
	}
	if err := agrees(key); err != nil {
		return f.fact("key", secureunit.Agreement.String()).failed(fmt.Errorf("the agreement key does not work: %w", err), "Restart the machine; if that does not help, make a new token and enrol again.")
	}
	return f.ok("It opens, its PIN is right, and its three keys work.")
}

// key is what is the matter with one of the keys.
func (f finding) key(p secureunit.Purpose, err error) finding {
	f = f.fact("key", p.String())
	if errors.Is(err, secureunit.ErrNoKey) {
		return f.fact("error", err.Error()).bad(fmt.Sprintf("There is no %v key in the token.", p), "Enrol this terminal, which makes its keys: terminal enrol.")
	}
	return f.failed(fmt.Errorf("the %v key: %w", p, err), "Make a new token and enrol again.")
}

// errWrongKey says that what a token's key did does not fit its public half.
var errWrongKey = errors.New("what it answers does not fit its public key")

func signs(signer crypto.Signer) error {
	var drawn [sha256.Size]byte
	_, _ = rand.Read(drawn[:]) // never fails
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("its public key is a %T", signer.Public())
	}
	digest := sha256.Sum256(drawn[:])
	signature, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(public, digest[:], signature) {
		return errWrongKey
	}
	return nil
}

func agrees(key ecdh.KeyExchanger) error {
	other, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	theirs, err := other.ECDH(key.PublicKey())
	if err != nil {
		return err
	}
	defer clear(theirs)
	ours, err := key.ECDH(other.PublicKey())
	if err != nil {
		return err
	}
	defer clear(ours)
	if !bytes.Equal(ours, theirs) {
		return errWrongKey
	}
	return nil
}
