package secureunit_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"

	"countersign/devices/secureunit"

	"github.com/miekg/pkcs11"
)

// rival is another user of the same token in the same process: a session of
// its own, with the login that PKCS#11 gives to the whole process.
type rival struct {
	ctx     *pkcs11.Ctx
	slot    uint
	session pkcs11.SessionHandle
}

func intrude(t testing.TB, label string) *rival {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/*/softhsm/libsofthsm2.so")
	if err != nil || len(found) == 0 {
		t.Fatalf("no SoftHSM: %v", err)
	}
	r := &rival{ctx: pkcs11.New(found[0])}
	if r.ctx == nil {
		t.Fatal("module does not load")
	}
	t.Cleanup(r.ctx.Destroy)
	slots, err := r.ctx.GetSlotList(true)
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range slots {
		info, err := r.ctx.GetTokenInfo(slot)
		if err != nil {
			t.Fatal(err)
		}
		if info.Label == label {
			r.slot = slot
			r.open(t)
			return r
		}
	}
	t.Fatalf("no token %q", label)
	return nil
}

func (r *rival) open(t testing.TB) {
	t.Helper()
	var err error
	r.session, err = r.ctx.OpenSession(r.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rival) find(t testing.TB, class uint) []pkcs11.ObjectHandle {
	t.Helper()
	if err := r.ctx.FindObjectsInit(r.session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}); err != nil {
		t.Fatal(err)
	}
	found, _, err := r.ctx.FindObjects(r.session, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ctx.FindObjectsFinal(r.session); err != nil {
		t.Fatal(err)
	}
	return found
}

func (r *rival) flag(t testing.TB, object pkcs11.ObjectHandle, attribute uint) bool {
	t.Helper()
	got, err := r.ctx.GetAttributeValue(r.session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(attribute, nil)})
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Value[0] != 0
}

// sign and derive do what a program could do that found the key by itself.
func (r *rival) sign(key pkcs11.ObjectHandle) error {
	if err := r.ctx.SignInit(r.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)}, key); err != nil {
		return err
	}
	_, err := r.ctx.Sign(r.session, make([]byte, 32))
	return err
}

func (r *rival) derive(key pkcs11.ObjectHandle, extractable bool) error {
	remote, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	params := pkcs11.NewECDH1DeriveParams(pkcs11.CKD_NULL, nil, remote.PublicKey().Bytes())
	_, err = r.ctx.DeriveKey(r.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_ECDH1_DERIVE, params)}, key,
		[]*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
			pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET),
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, extractable),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32),
		})
	return err
}

func TestTokenRefusesAKeyForAnotherUse(t *testing.T) {
	for _, p := range []secureunit.Purpose{
		secureunit.Signing, secureunit.Agreement, secureunit.TLS, secureunit.CertificateAuthority, secureunit.Card,
	} {
		t.Run(p.String(), func(t *testing.T) {
			u := open(t)
			ensure(t, u, p)
			r := intrude(t, "till")
			keys := r.find(t, pkcs11.CKO_PRIVATE_KEY)
			if len(keys) != 1 {
				t.Fatalf("%d private keys", len(keys))
			}
			signErr, deriveErr := r.sign(keys[0]), r.derive(keys[0], true)
			right, wrong := signErr, deriveErr
			if p == secureunit.Agreement {
				right, wrong = deriveErr, signErr
			}
			if right != nil {
				t.Errorf("refused for its use: %v", right)
			}
			if !errors.Is(wrong, pkcs11.Error(pkcs11.CKR_KEY_FUNCTION_NOT_PERMITTED)) {
				t.Errorf("another use: %v", wrong)
			}
			// Nor can a logged-in program give the key the other use, or open it.
			for name, change := range map[string]*pkcs11.Attribute{
				"sign":        pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
				"derive":      pkcs11.NewAttribute(pkcs11.CKA_DERIVE, true),
				"decrypt":     pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true),
				"extractable": pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, true),
				"sensitive":   pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, false),
			} {
				if err := r.ctx.SetAttributeValue(r.session, keys[0], []*pkcs11.Attribute{change}); err == nil {
					t.Errorf("%s could be changed", name)
				}
			}
		})
	}
}

func TestPrivateAttributes(t *testing.T) {
	u := open(t)
	all := []secureunit.Purpose{secureunit.Signing, secureunit.Agreement, secureunit.TLS, secureunit.CertificateAuthority, secureunit.Card}
	ensure(t, u, all...)
	draw(t, u, [32]byte{1})
	r := intrude(t, "till")
	private, secret := r.find(t, pkcs11.CKO_PRIVATE_KEY), r.find(t, pkcs11.CKO_SECRET_KEY)
	if len(private) != len(all) || len(secret) != 1 {
		t.Fatalf("%d private and %d secret keys", len(private), len(secret))
	}
	for _, key := range append(private, secret...) {
		for attribute, want := range map[uint]bool{
			pkcs11.CKA_PRIVATE: true, pkcs11.CKA_SENSITIVE: true, pkcs11.CKA_ALWAYS_SENSITIVE: true,
			pkcs11.CKA_EXTRACTABLE: false, pkcs11.CKA_NEVER_EXTRACTABLE: true,
			pkcs11.CKA_MODIFIABLE: false, pkcs11.CKA_LOCAL: true,
			pkcs11.CKA_DECRYPT: false, pkcs11.CKA_UNWRAP: false,
		} {
			if got := r.flag(t, key, attribute); got != want {
				t.Errorf("attribute %#x is %v", attribute, got)
			}
		}
		value, err := r.ctx.GetAttributeValue(r.session, key, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
		if !errors.Is(err, pkcs11.Error(pkcs11.CKR_ATTRIBUTE_SENSITIVE)) {
			t.Errorf("value read: %v, %v", len(value), err)
		}
	}
	for _, key := range private {
		if r.flag(t, key, pkcs11.CKA_SIGN) == r.flag(t, key, pkcs11.CKA_DERIVE) {
			t.Error("a key has both uses or none")
		}
	}
}

func TestNoDerivedSecretStays(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Agreement)
	token, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := token.ECDH(token.PublicKey()); err != nil {
			t.Fatal(err)
		}
	}
	c, code := draw(t, u, [32]byte{1})
	if err := c.Spend(code, [32]byte{1}); err != nil {
		t.Fatal(err)
	}
	c, _ = draw(t, u, [32]byte{1})
	if err := c.Spend([16]byte{}, [32]byte{1}); !errors.Is(err, secureunit.ErrWrongCode) {
		t.Fatal(err)
	}
	c, _ = draw(t, u, [32]byte{1})
	c.Discard()
	if left := intrude(t, "till").find(t, pkcs11.CKO_SECRET_KEY); len(left) != 0 {
		t.Errorf("%d secret keys left in the token", len(left))
	}
}

// A key that somebody put into the token must not be taken for one made there.
func TestImportedKeyIsRefused(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Signing)
	r := intrude(t, "till")
	public := r.find(t, pkcs11.CKO_PUBLIC_KEY)[0]
	private := r.find(t, pkcs11.CKO_PRIVATE_KEY)[0]
	got, err := r.ctx.GetAttributeValue(r.session, public, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_ID, nil), pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, nil)})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ctx.DestroyObject(r.session, private); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Signer(secureunit.Signing); !errors.Is(err, secureunit.ErrNoKey) {
		t.Fatalf("private half destroyed: %v", err)
	}
	scalar := make([]byte, 32)
	scalar[31] = 7
	if _, err := r.ctx.CreateObject(r.session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_EC),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_ID, got[0].Value),
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, got[1].Value),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE, scalar),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Signer(secureunit.Signing); !errors.Is(err, secureunit.ErrKeyExposed) {
		t.Errorf("imported key: %v", err)
	}
}
