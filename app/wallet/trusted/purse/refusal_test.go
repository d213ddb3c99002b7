package purse_test

import (
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

// Every command that is out of order, cannot be decoded, or whose proof does not hold
// is refused with the word that its kind has, without data, and ends the tap.
func TestRefusals(t *testing.T) {
	const out, undecodable, proof = iso7816.ConditionsNotSatisfied, iso7816.WrongData, iso7816.SecurityNotSatisfied
	get := func(s *scene, tap *pursetest.Tap, change func(*protocol.TapGet)) []byte {
		claims := protocol.TapGet{Nonce: tap.Nonce, Scramble: tap.Code, Settlement: s.Server.Subject, Terminal: s.shop.Certificate}
		if change != nil {
			change(&claims)
		}
		return protocoltest.Sign(t, s.shop.Key, claims).Bytes()
	}
	pay := func(s *scene, tap *pursetest.Tap, change func(*protocol.TapPay)) []byte {
		claims := protocol.TapPay{
			Answer: protocol.AnswerHash(tap.Get.Hash(), tap.Answer), Amount: 100, Currency: 156, Scramble: tap.Code, Issued: protocol.At(s.Now()), Life: 60,
		}
		if change != nil {
			change(&claims)
		}
		return protocoltest.Sign(t, s.shop.Key, claims).Bytes()
	}
	recovery := func(s *scene, tap *pursetest.Tap, change func(*protocol.TapRecover)) []byte {
		claims := protocol.TapRecover{Nonce: tap.Nonce, Scramble: tap.Code, Terminal: s.shop.Certificate}
		if change != nil {
			change(&claims)
		}
		return protocoltest.Sign(t, s.shop.Key, claims).Bytes()
	}
	certified := func(s *scene, change func(*protocol.Certificate)) *protocol.Signed[protocol.Certificate] {
		claims := s.Realm.Claims(protocol.RoleTerminal, "T-0001", "Corner Café")
		change(&claims)
		return s.Realm.Certify(claims).Certificate
	}
	revoke := func(s *scene) {
		trust := s.Trust()
		trust.Revocation = &protocol.RevocationList{Issuer: s.Realm.Name, Sequence: 2, Issued: protocol.At(s.Now()),
			Revoked: []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(s.Now())}}}
		s.Believe(trust)
	}
	noList := func(s *scene) {
		trust := s.Trust()
		trust.Revocation = nil
		s.Believe(trust)
	}
	for name, test := range map[string]struct {
		// asked says that SELECT and GET were answered before.
		asked bool
		do    func(s *scene, tap *pursetest.Tap) (ins byte, data []byte)
		want  iso7816.Status
	}{
		"PAY before GET": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) { return protocol.TapInsPay, []byte{1} }, out},
		"second GET":     {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) { return protocol.TapInsGet, get(s, tap, nil) }, out},
		"second PAY": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			if err := s.shop.Order(tap, 100); err != nil {
				t.Fatal(err)
			}
			if err := s.shop.Charge(t.Context(), s.card(), tap); err != nil {
				t.Fatal(err)
			}
			return protocol.TapInsPay, pay(s, tap, nil)
		}, out},
		"second PAY after one above the balance": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			if err := s.shop.Order(tap, 50_001); err != nil {
				t.Fatal(err)
			}
			if err := s.shop.Charge(t.Context(), s.card(), tap); err != nil || tap.Result.Unverified().Status != protocol.TapFunds {
				t.Fatal(err)
			}
			return protocol.TapInsPay, pay(s, tap, nil)
		}, out},
		"GET after Forget": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			s.Forget()
			return protocol.TapInsGet, get(s, tap, nil)
		}, out},
		"PAY after Disarm": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			s.Disarm()
			return protocol.TapInsPay, pay(s, tap, nil)
		}, out},
		"PAY after another SELECT": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			if _, err := s.Select(t.Context()); err != nil {
				t.Fatal(err)
			}
			return protocol.TapInsPay, pay(s, tap, nil)
		}, out},

		"GET of nothing": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) { return protocol.TapInsGet, nil }, undecodable},
		"GET cut short":  {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) { return protocol.TapInsGet, get(s, tap, nil)[:300] }, undecodable},
		"PAY in place of GET": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsGet, protocoltest.Sign(t, s.shop.Key, protocol.TapPay{Amount: 1, Currency: 156, Life: 1}).Bytes()
		}, undecodable},
		"PAY with a byte more": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsPay, append(pay(s, tap, nil), 0)
		}, undecodable},
		"RECOVER of nothing": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) { return protocol.TapInsRecover, nil }, undecodable},

		"GET for another nonce": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Nonce = protocol.NewCode() })
		}, proof},
		"GET for another settlement": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Settlement = "settlement-2" })
		}, proof},
		"GET by another key": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Terminal = s.Terminal("T-0002", "Other").Certificate })
		}, proof},
		"GET by a settlement server": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Terminal = s.Server.Certificate })
		}, proof},
		"GET by another authority's terminal": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			foreign := protocoltest.New(t, "foreign/1").Terminal("T-0001", "Corner Café")
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Terminal = foreign.Certificate })
		}, proof},
		"GET under a certificate that ended": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			ended := certified(s, func(c *protocol.Certificate) { c.Expires = protocol.At(s.Now().Add(-time.Second)) })
			return protocol.TapInsGet, get(s, tap, func(g *protocol.TapGet) { g.Terminal = ended })
		}, proof},
		"GET by a revoked terminal": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			revoke(s)
			return protocol.TapInsGet, get(s, tap, nil)
		}, proof},
		"GET without a revocation list": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			noList(s)
			return protocol.TapInsGet, get(s, tap, nil)
		}, proof},
		"PAY for another answer": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsPay, pay(s, tap, func(p *protocol.TapPay) { p.Answer[0] ^= 1 })
		}, proof},
		"PAY for another code": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsPay, pay(s, tap, func(p *protocol.TapPay) { p.Scramble[0] ^= 1 })
		}, proof},
		"PAY of long ago": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsPay, pay(s, tap, func(p *protocol.TapPay) { p.Issued -= 121 })
		}, proof},
		"PAY of a time to come": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsPay, pay(s, tap, func(p *protocol.TapPay) { p.Issued += 301 })
		}, proof},
		"PAY by another terminal": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			s.shop = s.Terminal("T-0002", "Other")
			return protocol.TapInsPay, pay(s, tap, nil)
		}, proof},
		"PAY after the clock was set back": {true, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			s.Pass(-protocol.MaxSkew - time.Second)
			return protocol.TapInsPay, pay(s, tap, nil)
		}, proof},
		"RECOVER for another nonce": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsRecover, recovery(s, tap, func(r *protocol.TapRecover) { r.Nonce = protocol.NewCode() })
		}, proof},
		"RECOVER by another key": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			return protocol.TapInsRecover, recovery(s, tap, func(r *protocol.TapRecover) { r.Terminal = s.Terminal("T-0002", "Other").Certificate })
		}, proof},
		"RECOVER by a revoked terminal": {false, func(s *scene, tap *pursetest.Tap) (byte, []byte) {
			revoke(s)
			return protocol.TapInsRecover, recovery(s, tap, nil)
		}, proof},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, 50_000, nil)
			tap := &pursetest.Tap{Code: protocol.NewCode()}
			if test.asked {
				if err := s.shop.Ask(t.Context(), s.card(), tap); err != nil {
					t.Fatal(err)
				}
			} else {
				var err error
				if tap.Nonce, err = s.Select(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			before := s.View().Balance
			ins, data := test.do(s, tap)
			if name == "second PAY" {
				before -= 100
			}
			answer, sw, err := s.card().Send(t.Context(), ins, data)
			if err != nil || sw != test.want || answer != nil {
				t.Errorf("answered % x %v %v, want %v", answer, sw, err, test.want)
			}
			for _, ins := range []byte{protocol.TapInsGet, protocol.TapInsPay, protocol.TapInsRecover} {
				if _, sw, _ := s.card().Send(t.Context(), ins, []byte{1}); sw != out {
					t.Errorf("after it %02X is answered %v", ins, sw)
				}
			}
			s.balance(before)
		})
	}
}

// The number that the client hands over must be the card's own, as it was sealed.
func TestHandleOfAnotherCard(t *testing.T) {
	s := begin(t, 1_000, nil)
	handle, err := s.Handle()
	if err != nil {
		t.Fatal(err)
	}
	for _, handed := range [][]byte{nil, {1, 2, 3}, append([]byte{handle[0] ^ 1}, handle[1:]...)} {
		nonce, err := s.Select(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		get := protocoltest.Sign(t, s.shop.Key, protocol.TapGet{Nonce: nonce, Scramble: protocol.NewCode(), Settlement: s.Server.Subject, Terminal: s.shop.Certificate})
		if answer, err := s.Get(t.Context(), handed, get.Bytes()); err == nil || answer != nil {
			t.Errorf("answered % x", answer)
		}
	}
}

// An armed card answers for a minute, also by a clock that is set back meanwhile.
func TestArmedFor(t *testing.T) {
	s := begin(t, 1_000, nil)
	for _, test := range []struct {
		after time.Duration
		want  iso7816.Status
	}{{59 * time.Second, iso7816.OK}, {time.Second, iso7816.NotFound}, {-61 * time.Second, iso7816.NotFound}, {time.Second, iso7816.OK}} {
		s.Pass(test.after)
		if data, sw, err := s.card().Select(t.Context()); err != nil || sw != test.want || (data != nil) != (sw == iso7816.OK) {
			t.Errorf("%v later: %v %v", test.after, sw, err)
		}
	}
}
