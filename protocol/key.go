package protocol

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
)

// Key is a P-256 public key as COSE_Key (RFC 9053 §7.1.1) with a compressed
// point: x and the sign of y.
type Key struct {
	Type  int      `cbor:"1,keyasint"`  // 2, EC2
	Curve int      `cbor:"-1,keyasint"` // 1, P-256
	X     [32]byte `cbor:"-2,keyasint"`
	Odd   bool     `cbor:"-3,keyasint"` // y is odd
}

// NewKey returns the COSE key for a P-256 signature key.
func NewKey(public *ecdsa.PublicKey) (Key, error) {
	if public == nil || public.Curve != elliptic.P256() {
		return Key{}, outOfRange("key is not on P-256")
	}
	point, err := public.Bytes()
	if err != nil {
		return Key{}, fmt.Errorf("%w: %v", ErrRange, err)
	}
	return Key{Type: 2, Curve: 1, X: [32]byte(point[1:33]), Odd: point[64]&1 == 1}, nil
}

// ECDSA returns the key for verifying signatures.
func (k Key) ECDSA() (*ecdsa.PublicKey, error) {
	if k.Type != 2 || k.Curve != 1 {
		return nil, outOfRange("key type")
	}
	compressed := Point{2}
	if k.Odd {
		compressed[0] = 3
	}
	copy(compressed[1:], k.X[:])
	point, err := compressed.decompress()
	if err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRange, err)
	}
	return public, nil
}

// Thumbprint is SHA-256 over the key's deterministic encoding. An enrolment
// code carries the thumbprint of PubA.
func (k Key) Thumbprint() Hash {
	b, err := encode(k)
	if err != nil {
		panic(err) // a struct of fixed-size fields always encodes
	}
	return sha256.Sum256(b)
}

func (k Key) validate() error {
	_, err := k.ECDSA()
	return err
}

// Point is a compressed point on P-256 (SEC 1 §2.3.3): an agreement key, or the
// encapsulated key in front of a sealed message.
type Point [33]byte

// NewPoint compresses an agreement key.
func NewPoint(public *ecdh.PublicKey) (Point, error) {
	if public == nil || public.Curve() != ecdh.P256() {
		return Point{}, outOfRange("agreement key is not on P-256")
	}
	return compress(public.Bytes()), nil
}

// ECDH returns the point as an agreement key.
func (p Point) ECDH() (*ecdh.PublicKey, error) {
	point, err := p.decompress()
	if err != nil {
		return nil, err
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRange, err)
	}
	return public, nil
}

// compress turns an uncompressed point of 65 bytes into 33.
func compress(uncompressed []byte) Point {
	var p Point
	p[0] = 2 + uncompressed[64]&1
	copy(p[1:], uncompressed[1:33])
	return p
}

// decompress returns the uncompressed form, or ErrRange for a point that is
// not on the curve.
func (p Point) decompress() ([]byte, error) {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), p[:])
	if x == nil {
		return nil, outOfRange("point is not on the curve")
	}
	point := make([]byte, 65)
	point[0] = 4
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	return point, nil
}
