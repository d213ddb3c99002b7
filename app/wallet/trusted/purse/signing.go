package purse

import (
	"crypto"
	"crypto/ecdsa"
	"errors"

	"countersign/protocol"
)

// signing is the signing module (签名模块, claim 1): the card's key, which lies in the
// secure unit, put under what this purse has decided, and under nothing else.
type signing struct{ card crypto.Signer }

// number signs the encrypted card number for one GET (step S6): the ciphertext, so
// that the encryption module comes first.
func (s signing) number(get protocol.Hash, sealed protocol.Sealed, card *protocol.Signed[protocol.VirtualCard]) ([64]byte, error) {
	return protocol.SignTapNumber(s.card, get, sealed, card)
}

// result signs what became of a PAY or a RECOVER (step S9).
func (s signing) result(r protocol.TapResult) (*protocol.Signed[protocol.TapResult], error) {
	return protocol.Sign(s.card, r)
}

// transfer signs a deduction in favour of another card (step S1).
func (s signing) transfer(t protocol.Transfer) (*protocol.Signed[protocol.Transfer], error) {
	return protocol.Sign(s.card, t)
}

// request signs for money on the card (step S1).
func (s signing) request(r protocol.LoadRequest) (*protocol.Signed[protocol.LoadRequest], error) {
	return protocol.Sign(s.card, r)
}

// question signs how the card stands here.
func (s signing) question(q protocol.CardQuestion) (*protocol.Signed[protocol.CardQuestion], error) {
	return protocol.Sign(s.card, q)
}

// key returns the card's public key.
func (s signing) key() (protocol.Key, error) {
	public, ok := s.card.Public().(*ecdsa.PublicKey)
	if !ok {
		return protocol.Key{}, errors.New("the card's key is not on P-256")
	}
	return protocol.NewKey(public)
}
