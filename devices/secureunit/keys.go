package secureunit

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/miekg/pkcs11"
)

// Purpose is the one use that a key has.
type Purpose uint8

// The purposes. Agreement keys derive, the others sign.
const (
	Signing              Purpose = 1 // COSE messages: PriP, PriC, PriS, PriA
	Agreement            Purpose = 2 // opens what is sealed to this party (HPKE)
	TLS                  Purpose = 3 // mutual TLS identity
	CertificateAuthority Purpose = 4 // the authority's X.509 certificates
	Card                 Purpose = 5 // the virtual card of a wallet
)

func (p Purpose) String() string {
	switch p {
	case Signing:
		return "signing"
	case Agreement:
		return "agreement"
	case TLS:
		return "TLS"
	case CertificateAuthority:
		return "certificate authority"
	case Card:
		return "card"
	}
	return fmt.Sprintf("purpose %d", uint8(p))
}

func (p Purpose) valid() bool { return p >= Signing && p <= Card }

// Key names a key of the unit. Generations count from 1; settlement keeps old
// agreement keys until the certificates that use them expire, and a device
// that renews makes the next generation before it gives up the last.
type Key struct {
	Purpose    Purpose
	Generation uint32
}

func (k Key) String() string { return fmt.Sprintf("%s key %d", k.Purpose, k.Generation) }

// idPrefix begins CKA_ID of every key made here, so that keys of other
// programs on the same token are left alone.
const idPrefix = "countersign/1/"

// id is CKA_ID: handles change with every login, CKA_ID stays.
func (k Key) id() []byte {
	return binary.BigEndian.AppendUint32(append([]byte(idPrefix), byte(k.Purpose)), k.Generation)
}

func keyOf(id []byte) (Key, bool) {
	if len(id) != len(idPrefix)+5 || string(id[:len(idPrefix)]) != idPrefix {
		return Key{}, false
	}
	k := Key{Purpose(id[len(idPrefix)]), binary.BigEndian.Uint32(id[len(idPrefix)+1:])}
	return k, k.Purpose.valid() && k.Generation > 0
}

// EnsureKey makes the first key of purpose p unless there is a key of any
// generation, and tells whether it did.
func (u *Unit) EnsureKey(ctx context.Context, p Purpose) (made bool, err error) {
	u.making.Lock()
	defer u.making.Unlock()
	err = u.do(ctx, fmt.Sprintf("make %s key", p), func(s pkcs11.SessionHandle) error {
		generations, err := u.generations(s, p)
		made = err == nil && len(generations) == 0
		if !made {
			return err
		}
		return u.generate(s, Key{p, 1})
	})
	return made && err == nil, err
}

// NextKey makes a key of the generation after the newest, which then is what
// Signer and Agreement give.
func (u *Unit) NextKey(ctx context.Context, p Purpose) (k Key, err error) {
	u.making.Lock()
	defer u.making.Unlock()
	err = u.do(ctx, fmt.Sprintf("make next %s key", p), func(s pkcs11.SessionHandle) error {
		generations, err := u.generations(s, p)
		if err != nil {
			return err
		}
		k = Key{p, 1}
		if n := len(generations); n > 0 {
			k.Generation = generations[n-1].Generation + 1
		}
		return u.generate(s, k)
	})
	return k, err
}

// Keys lists the keys of purpose p, oldest generation first.
func (u *Unit) Keys(ctx context.Context, p Purpose) (keys []Key, err error) {
	err = u.do(ctx, fmt.Sprintf("list %s keys", p), func(s pkcs11.SessionHandle) error {
		keys, err = u.generations(s, p)
		return err
	})
	return keys, err
}

// DeleteKey destroys a key for ever. What was sealed to it can no longer be
// opened. ErrNoKey if there is none.
func (u *Unit) DeleteKey(ctx context.Context, k Key) error {
	u.making.Lock()
	defer u.making.Unlock()
	return u.do(ctx, "delete "+k.String(), func(s pkcs11.SessionHandle) error {
		u.mu.Lock()
		delete(u.keys, k)
		u.mu.Unlock()
		private, err := u.find(s, half(k, pkcs11.CKO_PRIVATE_KEY))
		if err != nil {
			return err
		}
		if len(private) == 0 {
			return ErrNoKey
		}
		public, err := u.find(s, half(k, pkcs11.CKO_PUBLIC_KEY))
		if err != nil {
			return err
		}
		// The private half first: a public half alone is swept up when the
		// generation is made again, a private one alone would be in the way.
		return u.destroy(s, append(private, public...))
	})
}

func (u *Unit) destroy(s pkcs11.SessionHandle, objects []pkcs11.ObjectHandle) error {
	for _, o := range objects {
		if err := u.m.ctx.DestroyObject(s, o); err != nil {
			return err
		}
	}
	return nil
}

func half(k Key, class uint) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class),
		pkcs11.NewAttribute(pkcs11.CKA_ID, k.id()),
	}
}

// generations lists the private keys of a purpose, oldest first, but for unfinished ones.
func (u *Unit) generations(s pkcs11.SessionHandle, p Purpose) ([]Key, error) {
	if !p.valid() {
		return nil, ErrWrongUse
	}
	handles, err := u.find(s, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_EC),
	})
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, h := range handles {
		got, err := u.m.ctx.GetAttributeValue(s, h, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_ID, nil)})
		if err != nil {
			return nil, err
		}
		if k, ok := keyOf(got[0].Value); ok && k.Purpose == p && !u.unfinished(s, h) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Compare(a.Generation, b.Generation) })
	return slices.Compact(keys), nil
}

// unfinished tells whether a private key is one that was being made when its maker was
// killed: SoftHSM makes an object with its name first, and only then puts the key into it and
// says that it was made here. A token that does not tell these two is believed to finish what
// it begins.
func (u *Unit) unfinished(s pkcs11.SessionHandle, private pkcs11.ObjectHandle) bool {
	got, err := u.m.ctx.GetAttributeValue(s, private, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, nil), pkcs11.NewAttribute(pkcs11.CKA_LOCAL, nil)})
	return err == nil && len(got[0].Value) == 0 && len(got[1].Value) == 1 && got[1].Value[0] == 0
}

// p256 is the DER object identifier of the curve, as CKA_EC_PARAMS wants it.
var p256 = [...]byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}

// generate makes the key pair. Called with making held, and only if there is
// no such private key but an unfinished one.
func (u *Unit) generate(s pkcs11.SessionHandle, k Key) error {
	for _, class := range []uint{pkcs11.CKO_PRIVATE_KEY, pkcs11.CKO_PUBLIC_KEY} {
		orphans, err := u.find(s, half(k, class))
		if err != nil {
			return err
		}
		if err := u.destroy(s, orphans); err != nil {
			return err
		}
	}
	_, _, err := u.m.ctx.GenerateKeyPair(s,
		[]*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_EC_KEY_PAIR_GEN, nil)},
		publicTemplate(k), privateTemplate(k))
	return err
}

func publicTemplate(k Key) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, p256[:]),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
		pkcs11.NewAttribute(pkcs11.CKA_VERIFY, k.Purpose != Agreement),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, false),
		pkcs11.NewAttribute(pkcs11.CKA_WRAP, false),
		pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_ID, k.id()),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, "countersign "+k.String()),
	}
}

// privateTemplate says no to everything but the one use: left out, SoftHSM
// takes most uses for allowed. MODIFIABLE matters as much as EXTRACTABLE: with its default a logged-in
// program could turn a signing key into an agreement key.
func privateTemplate(k Key) []*pkcs11.Attribute {
	return []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, k.Purpose != Agreement),
		pkcs11.NewAttribute(pkcs11.CKA_DERIVE, k.Purpose == Agreement),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN_RECOVER, false),
		pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, false),
		pkcs11.NewAttribute(pkcs11.CKA_UNWRAP, false),
		pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_ID, k.id()),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, "countersign "+k.String()),
	}
}
