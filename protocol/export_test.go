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
