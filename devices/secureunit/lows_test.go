package secureunit_test

import (
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"testing"
)

func lowS(t testing.TB, der []byte) bool {
	t.Helper()
	var sig struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
		t.Fatalf("signature is not DER: %v, %d bytes left", err, len(rest))
	}
	return sig.S.Cmp(new(big.Int).Rsh(elliptic.P256().Params().N, 1)) <= 0
}
