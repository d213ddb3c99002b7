package forgery

import (
	"errors"
	"testing"

	"countersign/protocol"
)

// Forged commands of a tap are well formed and bound to the phone's nonce; they are
// refused for whose certificate they bring, and for nothing else.
func TestTapForgeries(t *testing.T) {
	text, trust := genuine(t)
	nonce := protocol.NewCode()
	raw, err := TapGet(text, nonce)
	if err != nil {
		t.Fatal(err)
	}
	get, err := protocol.Parse[protocol.TapGet](raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get.Verify(get.Unverified().Terminal.Unverified().Holder.Key); err != nil || get.Unverified().Nonce != nonce {
		t.Errorf("GET is not signed by its own terminal over the nonce: %v", err)
	}
	if _, _, err := protocol.VerifyTapGet(get, nonce, "S-0001", trust, noon); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("GET: %v", err)
	}
	if raw, err = TapRecover(text, nonce); err != nil {
		t.Fatal(err)
	}
	asked, err := protocol.Parse[protocol.TapRecover](raw)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := protocol.VerifyTapRecover(asked, nonce, trust, noon); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("RECOVER: %v", err)
	}
	if _, err := TapGet("CS1R:NOTHING", nonce); err == nil {
		t.Error("a GET out of nothing")
	}
}
