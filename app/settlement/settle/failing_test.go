package settle_test

import (
	"crypto"
	"crypto/ecdh"
	"errors"
	"io"

	"countersign/protocol/protocoltest"
	"testing"
)

var errToken = errors.New("token was pulled out")

// failingSigner is a key in a token that has gone.
type failingSigner struct{ crypto.Signer }

func (failingSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errToken }

// failingExchanger is the same for the agreement key.
type failingExchanger struct{ ecdh.KeyExchanger }

func (failingExchanger) ECDH(*ecdh.PublicKey) ([]byte, error) { return nil, errToken }

func failingAgreement() []ecdh.KeyExchanger {
	return []ecdh.KeyExchanger{failingExchanger{protocoltest.AgreementKey(new(testing.T), "settlement-1")}}
}
