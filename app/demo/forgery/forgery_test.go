package forgery

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"image"
	"testing"
	"time"

	"countersign/protocol"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// genuine is a request with what a wallet needs to verify it.
func genuine(t *testing.T) (text string, trust protocol.Trust) {
	authority, terminal := newKey(t), newKey(t)
	public, err := protocol.NewKey(&authority.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	holder, err := protocol.NewKey(&terminal.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := newKey(t).PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := protocol.NewPoint(exchange)
	if err != nil {
		t.Fatal(err)
	}
	name := "Corner Café"
	certificate, err := protocol.Sign(authority, protocol.Certificate{
		Issuer: "countersign/1", Subject: "T-0001", NotBefore: protocol.At(noon.Add(-time.Hour)), Expires: protocol.At(noon.Add(time.Hour)),
		Holder: protocol.Confirmation{Key: holder},
		Device: protocol.Device{Role: protocol.RoleTerminal, Name: &name, Agreement: &agreement},
	})
	if err != nil {
		t.Fatal(err)
	}
	request, err := protocol.Sign(terminal, protocol.Request{
		Settlement: "S-0001", Amount: 7800, Currency: 156, Merchant: []byte("M-0001"), Scramble: protocol.NewCode(),
		Issued: protocol.At(noon), Life: 60, Terminal: certificate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return protocol.RequestText(request), protocol.Trust{Anchors: []protocol.Anchor{{Authority: "countersign/1", Key: public}}}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Forged requests are well formed and look as they should; they are refused for
// what was forged and for nothing else.
func TestForgeries(t *testing.T) {
	text, trust := genuine(t)
	verify := func(text string) error {
		r, err := protocol.ParseRequestText(text)
		if err != nil {
			t.Fatalf("not even a request: %v", err)
		}
		_, _, err = protocol.VerifyRequest(r, trust, noon)
		return err
	}
	if err := verify(text); err != nil {
		t.Fatalf("the genuine one is refused: %v", err)
	}
	altered, err := Alter(text, 780)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(altered); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("altered amount: %v", err)
	}
	was, _ := protocol.ParseRequestText(text)
	is, _ := protocol.ParseRequestText(altered)
	if is.Unverified().Amount != 780 || is.Unverified().Scramble != was.Unverified().Scramble || is.Unverified().Terminal.Hash() != was.Unverified().Terminal.Hash() {
		t.Error("something else was altered")
	}
	if again, err := Alter(altered, was.Unverified().Amount); err != nil || again != text {
		t.Errorf("altered back it is not the genuine one: %v", err)
	}
	imitated, err := Imitate(text, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(imitated); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("imitated: %v", err)
	}
	of, _ := protocol.ParseRequestText(imitated)
	if *of.Unverified().Terminal.Unverified().Device.Name != "Corner Café" || of.Unverified().Amount != 7800 {
		t.Error("it does not look like the genuine one")
	}
	for _, junk := range []string{"", "CS1R:", "CS1P:ABC", text[:len(text)-3]} {
		if _, err := Alter(junk, 1); err == nil {
			t.Errorf("altered %q", junk)
		}
		if _, err := Imitate(junk, noon); err == nil {
			t.Errorf("imitated %q", junk)
		}
	}
	if _, err := Alter(text, 0); !errors.Is(err, protocol.ErrRange) {
		t.Errorf("altered to nothing: %v", err)
	}
}

// What is drawn is read again.
func TestDrawAndRead(t *testing.T) {
	text, _ := genuine(t)
	picture, err := Draw(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(picture, protocol.PrefixRequest); err != nil || got != text {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := Read(picture, protocol.PrefixPayment); !errors.Is(err, ErrNoCode) {
		t.Errorf("a request read as a payment: %v", err)
	}
	if _, err := Read(image.NewRGBA(image.Rect(0, 0, 64, 64)), protocol.PrefixRequest); !errors.Is(err, ErrNoCode) {
		t.Errorf("read from nothing: %v", err)
	}
	if _, err := Draw("not alphanumeric é"); err == nil {
		t.Error("drew what a code cannot hold")
	}
}
