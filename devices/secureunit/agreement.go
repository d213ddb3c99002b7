package secureunit

import (
	"crypto/ecdh"
	"fmt"

	"github.com/miekg/pkcs11"
)

// Agreement returns the newest agreement key as an ecdh.KeyExchanger, for
// hpke.NewDHKEMPrivateKey. Its ECDH waits for a session no longer than
// Config.Wait and returns the 32-byte x coordinate, which the caller wipes.
// Errors: ErrNoKey, ErrKeyExposed, ErrAmbiguous, ErrBusy.
func (u *Unit) Agreement() (ecdh.KeyExchanger, error) {
	ctx, cancel := u.bounded()
	defer cancel()
	k, err := u.newest(ctx, Agreement)
	if err != nil {
		return nil, err
	}
	return u.AgreementOf(k.Generation)
}

// AgreementOf is Agreement for a certain generation.
func (u *Unit) AgreementOf(generation uint32) (ecdh.KeyExchanger, error) {
	k := Key{Agreement, generation}
	ctx, cancel := u.bounded()
	defer cancel()
	point, err := u.admit(ctx, k)
	if err != nil {
		return nil, err
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("secure unit: read public half of %s: %w", k, err)
	}
	return &exchanger{u: u, key: k, public: public}, nil
}

type exchanger struct {
	u      *Unit
	key    Key
	public *ecdh.PublicKey
}

func (e *exchanger) PublicKey() *ecdh.PublicKey { return e.public }
func (e *exchanger) Curve() ecdh.Curve          { return ecdh.P256() }

// ECDH derives in the token (CKM_ECDH1_DERIVE, CKD_NULL). The derived secret
// is a session object for as long as it takes to read it.
func (e *exchanger) ECDH(remote *ecdh.PublicKey) (secret []byte, err error) {
	if remote == nil || remote.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("secure unit: agree with %s: %w", e.key, ErrWrongUse)
	}
	ctx, cancel := e.u.bounded()
	defer cancel()
	err = e.u.do(ctx, "agree with "+e.key.String(), func(s pkcs11.SessionHandle) error {
		h, err := e.u.private(s, e.key)
		if err != nil {
			return err
		}
		secret, err = e.u.derive(s, h, remote.Bytes())
		return err
	})
	return secret, err
}

const secretSize = 32

// derive takes the raw point: it is what tpm2-pkcs11 wants, and SoftHSM takes
// it too.
func (u *Unit) derive(s pkcs11.SessionHandle, key pkcs11.ObjectHandle, point []byte) ([]byte, error) {
	mechanism, unpin := deriving(point)
	defer unpin()
	object, err := u.m.ctx.DeriveKey(s, []*pkcs11.Mechanism{mechanism}, key,
		[]*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET),
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
			pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, false),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, true),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, secretSize),
		})
	if err != nil {
		return nil, err
	}
	got, err := u.m.ctx.GetAttributeValue(s, object, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	if e := u.m.ctx.DestroyObject(s, object); e != nil {
		if err == nil {
			clear(got[0].Value)
		}
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	if secret := got[0].Value; len(secret) == secretSize {
		return secret, nil
	}
	clear(got[0].Value)
	// SoftHSM gives an empty value when a logout comes in between.
	return nil, fmt.Errorf("token derived %d bytes, not %d: %w",
		len(got[0].Value), secretSize, pkcs11.Error(pkcs11.CKR_FUNCTION_FAILED))
}
