package purse

import (
	"fmt"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// handleUse tells the handle from whatever else is sealed under the store's key.
const handleUse = "card number held by the client"

// encryption is the encryption module (加密模块, claim 1): what leaves it is sealed,
// to the terminal or to this purse itself.
type encryption struct{ store *store.Store }

// handle seals the card's number to this purse. The client application holds it, as step
// S1 says, and hands it over in step S5; it can neither read nor change it.
func (e encryption) handle(n protocol.CardNumber) ([]byte, error) {
	digits, err := n.BCD()
	if err != nil {
		return nil, err
	}
	return e.store.Seal(handleUse, digits[:]), nil
}

// number opens a handle. It fails with ErrDamaged for what handle has not made.
func (e encryption) number(handle []byte) (protocol.CardNumber, error) {
	digits, err := e.store.Unseal(handleUse, handle)
	if err != nil {
		return "", err
	}
	return protocol.CardNumberFromBCD(digits)
}

// begin encrypts the card number to the terminal of a verified GET (step S6).
func (encryption) begin(terminal protocol.Certificate, get protocol.Hash, n protocol.CardNumber) (*protocol.TapCipher, protocol.Sealed, error) {
	if terminal.Device.Agreement == nil {
		return nil, nil, fmt.Errorf("%w: terminal without an agreement key", ErrProof)
	}
	cipher, err := protocol.NewTapCipher(*terminal.Device.Agreement, get)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := cipher.SealNumber(n)
	return cipher, sealed, err
}
