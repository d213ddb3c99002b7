package protocol

// What the external tests see of the inside: the codec that no exported function
// reaches without a message around it, and the plaintext that only settlement
// ever holds.
var (
	EncodeBase45      = encodeBase45
	DecodeBase45      = decodeBase45
	DecodePayerSecret = decodePayerSecret
	Pad               = pad
	Unpad             = unpad
)

// EncodePayerSecret returns the plaintext that SealPayerSecret seals.
func EncodePayerSecret(secret PayerSecret) ([]byte, error) {
	padded, err := secret.Account.pad()
	if err != nil {
		return nil, err
	}
	return encode(payerSecretWire{Account: padded, Print: secret.Print})
}

// The plaintexts of a tap as they are before they are padded.
var (
	EncodeTapProof    = func(p tapProof) ([]byte, error) { return encode(p) }
	EncodeTapRecovery = func(r tapRecovery) ([]byte, error) { return encode(r) }
	DecodeTapProof    = unpadded(paddedProof, decodeTapProof)
	DecodeTapRecovery = unpadded(paddedRecovery, decodeTapRecovery)
)

// unpadded makes the decoder of a padded plaintext one of what is in it.
func unpadded[V any](size int, decodePadded func([]byte) (V, error)) func([]byte) (V, error) {
	return func(b []byte) (V, error) {
		var none V
		padded, err := pad(b, size)
		if err != nil {
			return none, err
		}
		if inside, err := unpad(padded, size); err == nil && len(inside) != len(b) {
			return none, ErrMalformed // zeros behind it, which only padding may be
		}
		return decodePadded(padded)
	}
}
