package secureunit

import (
	"context"
	"errors"
	"sync"

	"github.com/miekg/pkcs11"
)

// ScrambleCode is the random scramble code of one sale, RandCodeP (随机扰动码,
// steps 3 and 10 of CN103985036A). It goes through Draw, Bind and Spend, once
// and in this order; Discard gives it up at any point. The code has to be
// shown, so it cannot stay in the token; what stays is the key K under which
// it is recognised, and outside only HMAC(K, code‖H(request)).
//
// The methods may be called from any goroutine. Those that take no context
// wait for a session no longer than Config.Wait.
type ScrambleCode struct {
	u *Unit

	mu    sync.Mutex
	stage stage
	key   pkcs11.ObjectHandle // K
	code  [16]byte            // until bound
	mac   []byte              // once bound
}

type stage uint8

const (
	drawn stage = iota
	bound
	over // spent, discarded or lost
)

// DrawScrambleCode makes a code and the key that will recognise it. A drawn
// code occupies the token until it is spent or discarded.
func (u *Unit) DrawScrambleCode(ctx context.Context) (*ScrambleCode, error) {
	c := &ScrambleCode{u: u}
	err := u.do(ctx, "draw scramble code", func(s pkcs11.SessionHandle) error {
		code, err := u.m.ctx.GenerateRandom(s, len(c.code))
		if err != nil {
			return err
		}
		copy(c.code[:], code)
		clear(code)
		c.key, err = u.codeKey()
		return err
	})
	if err != nil {
		clear(c.code[:])
		return nil, err
	}
	return c, nil
}

// codeKey makes K on the anchor session: a session object dies with the
// session that made it, and those of the pool come and go.
func (u *Unit) codeKey() (pkcs11.ObjectHandle, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.m.ctx.GenerateKey(u.anchor,
		[]*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_GENERIC_SECRET_KEY_GEN, nil)},
		[]*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32), // SoftHSM takes no shorter key for HMAC-SHA-256
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
			pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
			pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
			pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
			pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true),
			pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, false),
			pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, false),
			pkcs11.NewAttribute(pkcs11.CKA_WRAP, false),
			pkcs11.NewAttribute(pkcs11.CKA_UNWRAP, false),
			pkcs11.NewAttribute(pkcs11.CKA_DERIVE, false),
		})
}

// Code returns the code for the request. After Bind it is forgotten here, and
// Code returns zeros.
func (c *ScrambleCode) Code() [16]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

// Bind ties the code to the request that shows it, given as H(request), and
// forgets the code. Errors: ErrNotBound if it is bound already, ErrSpent,
// ErrCodeLost, ErrBusy. After any of them but ErrBusy the code is of no use.
func (c *ScrambleCode) Bind(requestHash [32]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.stage {
	case bound:
		return during("bind scramble code", ErrNotBound)
	case over:
		return during("bind scramble code", ErrSpent)
	}
	message := recognised(c.code, requestHash)
	defer clear(message)
	ctx, cancel := c.u.bounded()
	defer cancel()
	err := c.u.do(ctx, "bind scramble code", func(s pkcs11.SessionHandle) (err error) {
		if err := c.u.m.ctx.SignInit(s, hmacSHA256(), c.key); err != nil {
			return lost(err)
		}
		c.mac, err = c.u.m.ctx.Sign(s, message)
		return lost(err)
	})
	if errors.Is(err, ErrBusy) {
		return err
	}
	clear(c.code[:])
	c.stage = bound
	if err != nil {
		c.discard()
	}
	return err
}

// Spend asks the token whether code is the one drawn, and requestHash the
// request it was bound to. The token is asked once: whatever it answers, the
// key is destroyed and every later Spend is ErrSpent. So nothing may reach it
// that a bystander could have made: verify the payment first (step 9). nil
// means that the code is good and is now spent. Errors: ErrWrongCode,
// ErrSpent, ErrNotBound, ErrCodeLost; after ErrBusy the token was not asked.
func (c *ScrambleCode) Spend(code [16]byte, requestHash [32]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.stage {
	case drawn:
		c.discard()
		return during("spend scramble code", ErrNotBound)
	case over:
		return during("spend scramble code", ErrSpent)
	}
	message := recognised(code, requestHash)
	defer clear(message)
	ctx, cancel := c.u.bounded()
	defer cancel()
	err := c.u.do(ctx, "spend scramble code", func(s pkcs11.SessionHandle) error {
		if c.stage == over {
			return ErrCodeLost // run again after a failure that may have been an answer
		}
		verdict := c.verify(s, message)
		if interrupted(verdict) {
			return verdict // the token gave no answer yet
		}
		c.stage = over
		if err := c.u.m.ctx.DestroyObject(s, c.key); err != nil && !errors.Is(verdict, ErrCodeLost) {
			// Not known to be destroyed is not known to be spent: refuse. The
			// answer is final, so it must not look like one to repeat.
			return errors.Join(ErrCodeLost, verdict)
		}
		return verdict
	})
	if err != nil && !errors.Is(err, ErrBusy) && c.stage != over {
		c.discard()
	}
	return err
}

func (c *ScrambleCode) verify(s pkcs11.SessionHandle, message []byte) error {
	if err := c.u.m.ctx.VerifyInit(s, hmacSHA256(), c.key); err != nil {
		return lost(err)
	}
	err := c.u.m.ctx.Verify(s, message, c.mac)
	if is(err, pkcs11.CKR_SIGNATURE_INVALID, pkcs11.CKR_SIGNATURE_LEN_RANGE) {
		return ErrWrongCode
	}
	return lost(err)
}

// Discard gives the code up and destroys its key. It does nothing to a code
// that is spent, so it can be deferred.
func (c *ScrambleCode) Discard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.discard()
}

// discard makes the code unusable in any case. Destroying the key is best
// effort: without this object nothing can name it, and the token drops it with
// the anchor session.
func (c *ScrambleCode) discard() {
	if c.stage == over {
		return
	}
	c.stage = over
	clear(c.code[:])
	ctx, cancel := c.u.bounded()
	defer cancel()
	_ = c.u.do(ctx, "discard scramble code", func(s pkcs11.SessionHandle) error {
		return lost(c.u.m.ctx.DestroyObject(s, c.key))
	})
}

// lost tells a vanished K from handles that can be found again: K cannot, so
// this must not be repeated.
func lost(err error) error {
	if is(err, pkcs11.CKR_KEY_HANDLE_INVALID, pkcs11.CKR_OBJECT_HANDLE_INVALID) {
		return ErrCodeLost
	}
	return err
}

func hmacSHA256() []*pkcs11.Mechanism {
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_HMAC, nil)}
}

func recognised(code [16]byte, requestHash [32]byte) []byte {
	return append(code[:len(code):len(code)], requestHash[:]...)
}
