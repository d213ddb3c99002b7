package secureunit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"

	"github.com/miekg/pkcs11"
)

// Signer returns the newest key of purpose p, which must be one that signs, as
// a crypto.Signer for go-cose, crypto/tls and crypto/x509. Its Public is an
// *ecdsa.PublicKey on P-256. Its Sign takes a 32-byte digest with
// crypto.SHA256 or nil options, ignores its reader (the token draws the
// nonce), waits for a session no longer than Config.Wait and returns ASN.1 DER
// with the lower of the two values of s that verify, as the protocol demands. The Signer stays
// with its generation when NextKey makes another. Errors: ErrNoKey,
// ErrWrongUse, ErrKeyExposed, ErrAmbiguous, ErrBusy.
func (u *Unit) Signer(p Purpose) (crypto.Signer, error) {
	ctx, cancel := u.bounded()
	defer cancel()
	k, err := u.newest(ctx, p)
	if err != nil {
		return nil, err
	}
	return u.SignerOf(k)
}

// SignerOf is Signer for a certain generation.
func (u *Unit) SignerOf(k Key) (crypto.Signer, error) {
	if !k.Purpose.valid() || k.Purpose == Agreement {
		return nil, fmt.Errorf("secure unit: sign with %s: %w", k, ErrWrongUse)
	}
	ctx, cancel := u.bounded()
	defer cancel()
	point, err := u.admit(ctx, k)
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("secure unit: read public half of %s: %w", k, err)
	}
	return &signer{u: u, key: k, public: public}, nil
}

type signer struct {
	u      *Unit
	key    Key
	public *ecdsa.PublicKey
}

func (s *signer) Public() crypto.PublicKey { return s.public }

func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	// go-cose says nothing about the hash; its algorithm does.
	if opts != nil && opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, fmt.Errorf("secure unit: sign with %s: %w", s.key, ErrUnsupportedDigest)
	}
	ctx, cancel := s.u.bounded()
	defer cancel()
	var raw []byte
	err := s.u.do(ctx, "sign with "+s.key.String(), func(session pkcs11.SessionHandle) error {
		h, err := s.u.private(session, s.key)
		if err != nil {
			return err
		}
		mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil)}
		if err := s.u.m.ctx.SignInit(session, mechanism, h); err != nil {
			return err
		}
		raw, err = s.u.m.ctx.Sign(session, digest)
		return err
	})
	if err != nil {
		return nil, err
	}
	return encodeSignature(raw)
}

// encodeSignature turns the token's r‖s into ASN.1 DER with low s. The upper
// s verifies as well, so without this rule one signature would have two
// encodings.
func encodeSignature(raw []byte) ([]byte, error) {
	if len(raw) != 64 {
		return nil, fmt.Errorf("secure unit: token returned a signature of %d bytes, not 64", len(raw))
	}
	order := elliptic.P256().Params().N
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(order) >= 0 || s.Cmp(order) >= 0 {
		return nil, fmt.Errorf("secure unit: token returned a signature outside the curve's order")
	}
	if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		s.Sub(order, s)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}
