package secureunit

import (
	"context"
	"fmt"

	"github.com/miekg/pkcs11"
)

// newest returns the newest key of purpose p, or ErrNoKey.
func (u *Unit) newest(ctx context.Context, p Purpose) (Key, error) {
	keys, err := u.Keys(ctx, p)
	if err != nil {
		return Key{}, err
	}
	if len(keys) == 0 {
		return Key{}, fmt.Errorf("secure unit: find %s key: %w", p, ErrNoKey)
	}
	return keys[len(keys)-1], nil
}

// admit checks once that the token made k and never let it out, and returns
// its public point, 04‖x‖y.
func (u *Unit) admit(ctx context.Context, k Key) (point []byte, err error) {
	err = u.do(ctx, "open "+k.String(), func(s pkcs11.SessionHandle) error {
		h, err := u.private(s, k)
		if err != nil {
			return err
		}
		if err := u.inspect(s, h); err != nil {
			return err
		}
		point, err = u.public(s, k)
		return err
	})
	return point, err
}

// private returns the handle of the private half, which stays good until the
// next logout.
func (u *Unit) private(s pkcs11.SessionHandle, k Key) (pkcs11.ObjectHandle, error) {
	u.mu.Lock()
	h, ok := u.keys[k]
	epoch := u.epoch
	u.mu.Unlock()
	if ok {
		return h, nil
	}
	h, err := u.single(s, half(k, pkcs11.CKO_PRIVATE_KEY))
	if err != nil {
		return 0, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.epoch == epoch {
		u.keys[k] = h
	}
	return h, nil
}

func (u *Unit) single(s pkcs11.SessionHandle, template []*pkcs11.Attribute) (pkcs11.ObjectHandle, error) {
	found, err := u.find(s, template)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, ErrNoKey
	case len(found) > 1:
		return 0, ErrAmbiguous
	}
	return found[0], nil
}

// inspect refuses a key that somebody imported or that could be, or ever could
// have been, read out. CKA_LOCAL would say no more than ALWAYS_SENSITIVE and
// NEVER_EXTRACTABLE, which are false for an imported key, and NSS softokn
// forgets it.
func (u *Unit) inspect(s pkcs11.SessionHandle, h pkcs11.ObjectHandle) error {
	want := []struct {
		name      string
		attribute uint
		value     bool
	}{
		{"CKA_SENSITIVE", pkcs11.CKA_SENSITIVE, true},
		{"CKA_ALWAYS_SENSITIVE", pkcs11.CKA_ALWAYS_SENSITIVE, true},
		{"CKA_EXTRACTABLE", pkcs11.CKA_EXTRACTABLE, false},
		{"CKA_NEVER_EXTRACTABLE", pkcs11.CKA_NEVER_EXTRACTABLE, true},
		{"CKA_MODIFIABLE", pkcs11.CKA_MODIFIABLE, false},
	}
	template := make([]*pkcs11.Attribute, len(want))
	for i, w := range want {
		template[i] = pkcs11.NewAttribute(w.attribute, nil)
	}
	got, err := u.m.ctx.GetAttributeValue(s, h, template)
	if err != nil {
		return err
	}
	for i, w := range want {
		if len(got[i].Value) != 1 || (got[i].Value[0] != 0) != w.value {
			return fmt.Errorf("%s is %x: %w", w.name, got[i].Value, ErrKeyExposed)
		}
	}
	return nil
}

func (u *Unit) public(s pkcs11.SessionHandle, k Key) ([]byte, error) {
	h, err := u.single(s, half(k, pkcs11.CKO_PUBLIC_KEY))
	if err != nil {
		return nil, err
	}
	got, err := u.m.ctx.GetAttributeValue(s, h, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)})
	if err != nil {
		return nil, err
	}
	return decodePoint(got[0].Value)
}

const pointSize = 65 // 04‖x‖y on P-256

// decodePoint takes CKA_EC_POINT as the standard has it, in a DER OCTET
// STRING, and as some tokens give it, raw. Whether it is on the curve is for
// crypto/ecdsa and crypto/ecdh to say.
func decodePoint(value []byte) ([]byte, error) {
	if len(value) == pointSize+2 && value[0] == 0x04 && value[1] == pointSize {
		value = value[2:]
	}
	if len(value) != pointSize || value[0] != 0x04 {
		return nil, fmt.Errorf("public point of %d bytes is not an uncompressed point of P-256", len(value))
	}
	return value, nil
}
