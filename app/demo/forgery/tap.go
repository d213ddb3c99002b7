package forgery

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"fmt"

	"countersign/protocol"
)

// TapGet makes GET VIRTUAL CARD NUMBER over a phone's nonce, as a terminal would whose
// request is given, with keys of an authority and a terminal that nobody knows. It is
// signed rightly.
func TapGet(genuine string, nonce protocol.Code) ([]byte, error) {
	terminal, certificate, settlement, err := impostor(genuine)
	if err != nil {
		return nil, err
	}
	get, err := protocol.Sign(terminal, protocol.TapGet{Nonce: nonce, Scramble: protocol.NewCode(), Settlement: settlement, Terminal: certificate})
	if err != nil {
		return nil, fmt.Errorf("make a GET: %w", err)
	}
	return get.Bytes(), nil
}

// TapRecover makes RECOVER in the same way.
func TapRecover(genuine string, nonce protocol.Code) ([]byte, error) {
	terminal, certificate, _, err := impostor(genuine)
	if err != nil {
		return nil, err
	}
	asked, err := protocol.Sign(terminal, protocol.TapRecover{Nonce: nonce, Scramble: protocol.NewCode(), Terminal: certificate})
	if err != nil {
		return nil, fmt.Errorf("make a RECOVER: %w", err)
	}
	return asked.Bytes(), nil
}

// impostor is a terminal whose certificate says what that of a genuine request says.
func impostor(genuine string) (*ecdsa.PrivateKey, *protocol.Signed[protocol.Certificate], protocol.ID, error) {
	parsed, err := protocol.ParseRequestText(genuine)
	if err != nil {
		return nil, nil, "", fmt.Errorf("read the request: %w", err)
	}
	request := parsed.Unverified()
	certificate := request.Terminal.Unverified()
	authority, err := key()
	if err != nil {
		return nil, nil, "", err
	}
	terminal, err := key()
	if err != nil {
		return nil, nil, "", err
	}
	sealed, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, "", fmt.Errorf("make a key: %w", err)
	}
	agreement, err := protocol.NewPoint(sealed.PublicKey())
	if err != nil {
		return nil, nil, "", err
	}
	if certificate.Holder.Key, err = protocol.NewKey(&terminal.PublicKey); err != nil {
		return nil, nil, "", err
	}
	certificate.Device.Agreement = &agreement
	signed, err := protocol.Sign(authority, certificate)
	if err != nil {
		return nil, nil, "", fmt.Errorf("certify a terminal: %w", err)
	}
	return terminal, signed, request.Settlement, nil
}
