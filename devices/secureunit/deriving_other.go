//go:build !windows

package secureunit

import "github.com/miekg/pkcs11"

// deriving is the mechanism that derives a secret from a point; what it returns is called
// when it was used.
func deriving(point []byte) (mechanism *pkcs11.Mechanism, unpin func()) {
	return pkcs11.NewMechanism(pkcs11.CKM_ECDH1_DERIVE, pkcs11.NewECDH1DeriveParams(pkcs11.CKD_NULL, nil, point)), func() {}
}
