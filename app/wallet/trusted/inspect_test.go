package trusted

import (
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Step 5: the shop's name is the certificate's.
func TestInspect(t *testing.T) {
	p := newPhone(t)
	request, offer := p.offered()
	if offer.Shop != "Corner Café" || offer.Amount != 7800 || offer.Currency != 156 || offer.Terminal != "T-0001" ||
		offer.Request != request.Hash() || !offer.Until.Equal(p.now.Add(time.Minute)) {
		t.Errorf("offers %+v", offer)
	}
}

func TestInspectRefuses(t *testing.T) {
	signed := func(p *phone, change func(*protocol.Request)) string {
		claims := p.sale.RequestClaims()
		change(&claims)
		return protocol.RequestText(protocoltest.Sign(p.t, p.sale.Terminal.Key, claims))
	}
	terminal := func(p *phone, change func(*protocol.Certificate)) string {
		claims := p.sale.Terminal.Certificate.Unverified()
		change(&claims)
		p.sale.Terminal = p.sale.Realm.Certify(claims)
		return protocol.RequestText(p.sale.Request(p.t))
	}
	at := func(p *phone, ahead time.Duration) string {
		p.now = p.now.Add(ahead)
		return protocol.RequestText(p.sale.Request(p.t))
	}
	tests := map[string]struct {
		text func(*phone) string
		want error
	}{
		"some other code":  {func(*phone) string { return "https://example.org" }, protocol.ErrNotOurs},
		"a payment's code": {func(*phone) string { return protocol.PrefixPayment + "ABC" }, protocol.ErrNotOurs},
		"damaged":          {func(p *phone) string { return signed(p, func(*protocol.Request) {})[:200] }, protocol.ErrMalformed},
		"another authority": {func(p *phone) string {
			other := p.sale
			other.Terminal = protocoltest.New(p.t, "elsewhere/1").Terminal("T-0001", "Corner Café")
			return protocol.RequestText(other.Request(p.t))
		}, protocol.ErrOtherAuthority},
		"the same name, another key": {func(p *phone) string {
			other, realm := p.sale, protocoltest.New(p.t, "countersign/1")
			realm.Key = protocoltest.SignatureKey(p.t, "thief")
			other.Terminal = realm.Terminal("T-0001", "Corner Café")
			return protocol.RequestText(other.Request(p.t))
		}, protocol.ErrOtherAuthority},
		"a true certificate pasted on another's request": {func(p *phone) string {
			return protocol.RequestText(protocoltest.Sign(p.t, protocoltest.SignatureKey(p.t, "thief"), p.sale.RequestClaims()))
		}, protocol.ErrSignature},
		"settlement as a terminal": {func(p *phone) string {
			other := p.sale
			other.Terminal = p.sale.Settlement
			return protocol.RequestText(other.Request(p.t))
		}, protocol.ErrRole},
		"certificate ended": {func(p *phone) string {
			return terminal(p, func(c *protocol.Certificate) { c.Expires = protocol.At(p.now.Add(-time.Second)) })
		}, protocol.ErrExpired},
		"certificate of tomorrow": {func(p *phone) string {
			return terminal(p, func(c *protocol.Certificate) { c.NotBefore = protocol.At(p.now.Add(time.Hour)) })
		}, protocol.ErrNotYetValid},
		"certificate revoked": {func(p *phone) string {
			p.trust.Revocation.Revoked = []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(p.now)}}
			return protocol.RequestText(p.sale.Request(p.t))
		}, protocol.ErrRevoked},
		"revocation list too old": {func(p *phone) string {
			p.trust.Revocation.Issued = protocol.At(p.now.Add(-ListAge - time.Second))
			return protocol.RequestText(p.sale.Request(p.t))
		}, protocol.ErrListStale},
		"no revocation list": {func(p *phone) string {
			p.trust.Revocation = nil
			return protocol.RequestText(p.sale.Request(p.t))
		}, protocol.ErrListStale},
		"our clock ahead":     {func(p *phone) string { return at(p, 3*time.Minute) }, protocol.ErrClockSkew},
		"our clock behind":    {func(p *phone) string { return at(p, -4*time.Minute) }, protocol.ErrClockSkew},
		"an old code":         {func(p *phone) string { return at(p, time.Hour) }, protocol.ErrRequestStale},
		"another settlement":  {func(p *phone) string { return signed(p, func(r *protocol.Request) { r.Settlement = "other" }) }, protocol.ErrOtherSettlement},
		"no settlement known": {func(p *phone) string { p.server = nil; return signed(p, func(*protocol.Request) {}) }, ErrNoSettlement},
		"settlement's certificate ended": {func(p *phone) string {
			claims := p.sale.Settlement.Certificate.Unverified()
			claims.Expires = protocol.At(p.now.Add(-time.Second))
			p.server = p.sale.Realm.Certify(claims).Certificate
			return signed(p, func(*protocol.Request) {})
		}, ErrNoSettlement},
		"our certificate ended": {func(p *phone) string {
			claims := p.sale.Wallet.Certificate.Unverified()
			claims.Expires = protocol.At(p.now.Add(-time.Second))
			p.sale.Wallet = p.sale.Realm.Certify(claims)
			return signed(p, func(*protocol.Request) {})
		}, ErrOwnCertificate},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t)
			offer, err := p.Inspect(t.Context(), test.text(p))
			if !errors.Is(err, test.want) {
				t.Fatalf("have %v, want %v", err, test.want)
			}
			if offer != (Offer{}) {
				t.Errorf("offers %+v", offer)
			}
			if _, err := p.Pay(t.Context(), offer.Request, 0, false, nil); !errors.Is(err, ErrNotOffered) {
				t.Errorf("paid all the same: %v", err)
			}
		})
	}
}

// The person is told by how much the clocks differ, and which way.
func TestSkewIsTold(t *testing.T) {
	for _, ahead := range []time.Duration{3 * time.Minute, -4 * time.Minute} {
		p := newPhone(t)
		p.now = p.now.Add(ahead)
		_, err := p.Inspect(t.Context(), protocol.RequestText(p.sale.Request(t)))
		var skew *SkewError
		if !errors.As(err, &skew) || skew.Ahead != ahead {
			t.Errorf("have %v, want a skew of %v", err, ahead)
		}
	}
}

// Where the clocks differ by less than is told, an offer still lives as long as
// the request may.
func TestOfferLivesWithClocksApart(t *testing.T) {
	for ahead, want := range map[time.Duration]time.Duration{
		0: time.Minute, 20 * time.Second: 40 * time.Second, 90 * time.Second: time.Minute, -90 * time.Second: time.Minute,
	} {
		p := newPhone(t)
		p.now = p.now.Add(ahead)
		if _, offer := p.offered(); offer.Until.Sub(p.now) != want {
			t.Errorf("clock ahead by %v: offered for %v, want %v", ahead, offer.Until.Sub(p.now), want)
		}
	}
}

func FuzzInspect(f *testing.F) {
	sale := protocoltest.NewSale(f, 120, true)
	f.Add(protocol.RequestText(protocoltest.Sign(f, sale.Terminal.Key, sale.RequestClaims())))
	f.Add("CS1R:")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		p := newPhone(t)
		offer, err := p.Inspect(t.Context(), text)
		if (err == nil) != (offer.Shop == "Corner Café") {
			t.Errorf("%+v, %v", offer, err)
		}
	})
}
