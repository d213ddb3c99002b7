package settle_test

import (
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// play makes a submission in a world of its own.
type play func(w *world) protocol.Envelope

// honest is a sale with nothing wrong but what the changes make so.
func honest(change ...func(w *world)) play {
	return func(w *world) protocol.Envelope {
		for _, c := range change {
			c(w)
		}
		request := w.request()
		return w.submission(request, w.sale.Payment(w.t, request, nil), 1, w.owner())
	}
}

// requested is a sale with another request than usual.
func requested(change func(w *world, r *protocol.Request)) play {
	return func(w *world) protocol.Envelope {
		request := w.request(func(r *protocol.Request) { change(w, r) })
		return w.submission(request, w.sale.Payment(w.t, request, nil), 1, w.owner())
	}
}

// paidWith is a sale with another payment than usual.
func paidWith(change func(w *world, p *protocol.Payment)) play {
	return func(w *world) protocol.Envelope {
		request := w.request()
		claims := w.sale.PaymentClaims(w.t, request, nil)
		change(w, &claims)
		payment := protocoltest.Sign(w.t, w.sale.Wallet.Key, claims)
		if payment.Unverified().HolderVerified() {
			return w.submission(request, payment, 1, nil)
		}
		return w.submission(request, payment, 1, w.owner())
	}
}

// fingered is a sale with another live print.
func fingered(live func(w *world) protocol.Template) play {
	return func(w *world) protocol.Envelope {
		request := w.request()
		return w.submission(request, w.sale.Payment(w.t, request, nil), 1, live(w))
	}
}

func byPhone(live func(w *world) protocol.Template) play {
	return func(w *world) protocol.Envelope {
		request := w.request()
		return w.submission(request, w.sale.Payment(w.t, request, live(w)), 1, nil)
	}
}

func recertify(change func(c *protocol.Certificate)) func(w *world) {
	return func(w *world) {
		claims := w.sale.Wallet.Certificate.Unverified()
		change(&claims)
		w.sale.Wallet = w.sale.Realm.Certify(claims)
	}
}

// Steps 14 and 15: every result, and every way to be refused.
func TestResults(t *testing.T) {
	t.Parallel()
	elsewhere := protocoltest.New(t, "elsewhere/1")
	impostor := protocoltest.New(t, "countersign/1")
	impostor.Key = protocoltest.SignatureKey(t, "somebody else")
	owner := func(w *world) protocol.Template { return w.owner() }
	stranger := func(w *world) protocol.Template { return w.capture(w.finger()) }
	copied := func(w *world) protocol.Template { return w.template(w.enrolled) }

	tests := []struct {
		name  string
		play  play
		want  protocol.Result
		why   string // in the log
		fraud bool
	}{
		{"finger at the terminal", honest(), protocol.ResultPaid, "", false},
		{"finger on the phone", byPhone(owner), protocol.ResultPaid, "", false},
		{"wrong finger", fingered(stranger), protocol.ResultRetryFinger, "does not match", false},
		{"wrong finger on the phone", byPhone(stranger), protocol.ResultFinger, "does not match", false},
		{"print that cannot be read", fingered(func(*world) protocol.Template { return protocoltest.Template(120, "noise") }), protocol.ResultRetryFinger, "does not match", false},
		{"enrolled template sent as live", fingered(copied), protocol.ResultFinger, "enrolled print was sent", true},
		{"enrolled template sent as live by the phone", byPhone(copied), protocol.ResultFinger, "enrolled print was sent", true},
		{"enrolled template, one point moved", fingered(func(w *world) protocol.Template {
			ms := append(w.enrolled[:0:0], w.enrolled...)
			ms[3].X++
			return w.template(ms)
		}), protocol.ResultFinger, "enrolled print was sent", true},
		{"owner without enrolled print", honest(recertify(func(c *protocol.Certificate) { c.Device.Print = nil })), protocol.ResultFinger, "no enrolled print", false},
		{"enrolled print not deposited", honest(recertify(func(c *protocol.Certificate) { c.Device.Print = make([]byte, 32) })), protocol.ResultFinger, "not deposited", false},
		{"enrolled print of another wallet", honest(func(w *world) {
			other := w.sale.Realm.Wallet("W-0002", w.sale.Settlement, w.template(w.enrolled), false)
			recertify(func(c *protocol.Certificate) { c.Device.Print = other.Certificate.Unverified().Device.Print })(w)
		}), protocol.ResultFinger, "cannot be opened", false},
		{"PIN without being asked", paidWith(func(_ *world, p *protocol.Payment) { p.HolderByPIN = true }), protocol.ResultFinger, "PIN", false},
		{"PIN against policy", func(w *world) protocol.Envelope {
			request := w.request(func(r *protocol.Request) { r.WantsPIN = true })
			claims := w.sale.PaymentClaims(w.t, request, nil)
			claims.HolderByPIN = true
			return w.submission(request, protocoltest.Sign(w.t, w.sale.Wallet.Key, claims), 1, nil)
		}, protocol.ResultFinger, "PIN is not accepted", false},
		{"not enough money", honest(func(w *world) { w.sale.Amount = funds + 1 }), protocol.ResultFunds, "does not cover", false},
		{"wrong finger and not enough money", func(w *world) protocol.Envelope {
			w.sale.Amount = funds + 1
			return fingered(stranger)(w)
		}, protocol.ResultRetryFinger, "does not match", false},

		{"account of another wallet", honest(func(w *world) {
			w.update(func(tx ledger.Tx) error {
				return tx.SetAccount(ledger.Account{ID: w.payer(), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: "W-0002", Key: protocol.Hash{2}})
			})
		}), protocol.ResultWallet, "not registered to this wallet", false},
		{"account of the same wallet with another key", honest(func(w *world) {
			w.update(func(tx ledger.Tx) error {
				return tx.SetAccount(ledger.Account{ID: w.payer(), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: "W-0001", Key: protocol.Hash{2}})
			})
		}), protocol.ResultWallet, "not registered to this wallet", false},
		{"unknown account", honest(func(w *world) { w.sale.Account = "9999888877776666" }), protocol.ResultWallet, "not registered to this wallet", false},
		{"account in another currency", func(w *world) protocol.Envelope {
			w.sale.Currency = 840
			w.update(func(tx ledger.Tx) error {
				return tx.AddAccount(ledger.Account{ID: ledger.MerchantAccount([]byte("M-0840")), Class: ledger.Merchant, Currency: 840, Terminals: []protocol.ID{"T-0001"}})
			})
			return requested(func(_ *world, r *protocol.Request) { r.Merchant = []byte("M-0840") })(w)
		}, protocol.ResultWallet, "in this currency", false},
		{"merchant account in another currency", honest(func(w *world) { w.sale.Currency = 840 }), protocol.ResultTerminal, "merchant account", false},
		{"secret sealed for another wallet", func(w *world) protocol.Envelope {
			request := w.request()
			other := w.sale.Realm.Wallet("W-0002", w.sale.Settlement, w.template(w.enrolled), false)
			claims := w.sale.PaymentClaims(w.t, request, nil)
			claims.Wallet = other.Certificate // the account was sealed by W-0001
			return w.submission(request, protocoltest.Sign(w.t, other.Key, claims), 1, w.owner())
		}, protocol.ResultWallet, "secret does not open", false},
		{"wallet's signature by another key", func(w *world) protocol.Envelope {
			request := w.request()
			payment := protocoltest.Sign(w.t, w.sale.Terminal.Key, w.sale.PaymentClaims(w.t, request, nil))
			return w.submission(request, payment, 1, w.owner())
		}, protocol.ResultWallet, "signature does not verify", false},
		{"wallet of another authority", honest(func(w *world) {
			w.sale.Wallet = elsewhere.Wallet("W-0001", w.sale.Settlement, w.template(w.enrolled), false)
		}), protocol.ResultWallet, "another authority", false},
		{"wallet of an authority with our name and another key", honest(func(w *world) {
			w.sale.Wallet = impostor.Wallet("W-0001", w.sale.Settlement, w.template(w.enrolled), false)
		}), protocol.ResultWallet, "another authority", false},
		{"wallet with another role", honest(func(w *world) { w.sale.Wallet = w.sale.Realm.Desk("W-0001") }), protocol.ResultWallet, "another role", false},
		{"wallet expired", honest(recertify(func(c *protocol.Certificate) { c.Expires, c.NotBefore = c.NotBefore, 1 })), protocol.ResultWallet, "expired", false},
		{"wallet not valid yet", honest(recertify(func(c *protocol.Certificate) { c.NotBefore = c.Expires })), protocol.ResultWallet, "not valid yet", false},
		{"wallet revoked", honest(func(w *world) { w.revoke("W-0001") }), protocol.ResultWallet, "revoked", false},

		{"terminal of another authority", honest(func(w *world) { w.sale.Terminal = elsewhere.Terminal("T-0001", "Elsewhere") }), protocol.ResultTerminal, "another authority", false},
		{"terminal with another role", honest(func(w *world) {
			claims := w.sale.Realm.Claims(protocol.RoleSettlement, "T-0001", "no shop")
			w.sale.Terminal = w.sale.Realm.Certify(claims)
		}), protocol.ResultTerminal, "another role", false},
		{"terminal expired", honest(func(w *world) {
			claims := w.sale.Terminal.Certificate.Unverified()
			claims.Expires, claims.NotBefore = claims.NotBefore, 1
			w.sale.Terminal = w.sale.Realm.Certify(claims)
		}), protocol.ResultTerminal, "expired", false},
		{"terminal revoked", honest(func(w *world) { w.revoke("T-0001") }), protocol.ResultTerminal, "revoked", false},
		{"request signed by another key", func(w *world) protocol.Envelope {
			request := protocoltest.Sign(w.t, w.sale.Wallet.Key, w.sale.RequestClaims())
			return w.submission(request, w.sale.Payment(w.t, request, nil), 1, w.owner())
		}, protocol.ResultTerminal, "signature does not verify", false},
		{"submission signed by another key", func(w *world) protocol.Envelope {
			request := w.request()
			claims := w.sale.SubmissionClaims(w.t, request, w.sale.Payment(w.t, request, nil), 1, w.owner())
			return w.seal(protocoltest.Sign(w.t, w.sale.Wallet.Key, claims))
		}, protocol.ResultTerminal, "signature does not verify", false},
		{"live print sealed for another attempt", func(w *world) protocol.Envelope {
			request := w.request()
			claims := w.sale.SubmissionClaims(w.t, request, w.sale.Payment(w.t, request, nil), 2, w.owner())
			claims.Attempt = 1
			return w.seal(protocoltest.Sign(w.t, w.sale.Terminal.Key, claims))
		}, protocol.ResultTerminal, "live print does not open", false},
		{"payment for another request", func(w *world) protocol.Envelope {
			payment := w.sale.Payment(w.t, w.request(), nil)
			return w.submission(w.request(), payment, 1, w.owner())
		}, protocol.ResultTerminal, "another request", false},
		{"other amount than confirmed", paidWith(func(_ *world, p *protocol.Payment) { p.Amount++ }), protocol.ResultTerminal, "another amount", false},
		{"other currency than confirmed", paidWith(func(_ *world, p *protocol.Payment) { p.Currency = 840 }), protocol.ResultTerminal, "another currency", false},
		{"other scramble code", paidWith(func(_ *world, p *protocol.Payment) { p.Scramble[0] ^= 1 }), protocol.ResultTerminal, "scramble", false},
		{"request for another settlement server", requested(func(_ *world, r *protocol.Request) { r.Settlement = "settlement-2" }), protocol.ResultTerminal, "another settlement", false},
		{"merchant account of another terminal", honest(func(w *world) {
			w.update(func(tx ledger.Tx) error {
				return tx.SetAccount(ledger.Account{ID: w.shop(), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0002"}})
			})
		}), protocol.ResultTerminal, "merchant account", false},
		{"unknown merchant account", requested(func(_ *world, r *protocol.Request) { r.Merchant = []byte("M-0404") }), protocol.ResultTerminal, "merchant account", false},

		{"last moment", requested(func(w *world, r *protocol.Request) { r.Issued = protocol.At(w.now) - 60 - 120 }), protocol.ResultPaid, "", false},
		{"one second late", requested(func(w *world, r *protocol.Request) { r.Issued = protocol.At(w.now) - 60 - 121 }), protocol.ResultLate, "too long after", false},
		{"clock a day behind", requested(func(w *world, r *protocol.Request) { r.Issued = protocol.At(w.now.Add(-24 * time.Hour)) }), protocol.ResultLate, "too long after", false},
		{"clock a day ahead", requested(func(w *world, r *protocol.Request) { r.Issued = protocol.At(w.now.Add(24 * time.Hour)) }), protocol.ResultTerminal, "clock is ahead", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			envelope := test.play(w)
			o := w.submit(envelope)
			w.want(o, test.want)
			if !strings.Contains(w.log.String(), test.why) {
				t.Errorf("the log does not say %q:\n%s", test.why, w.log)
			}
			if flagged := strings.Contains(w.log.String(), `"msg":"fraud"`); flagged != test.fraud {
				t.Errorf("flagged as fraud: %v", flagged)
			}
			if test.want == protocol.ResultPaid {
				w.moved(int64(w.sale.Amount))
			} else {
				w.moved(0)
			}
			if (o.Reference != 0) != (test.want == protocol.ResultPaid) {
				t.Errorf("reference %d", o.Reference)
			}
			// Counted once, answered alike, whatever happens in between.
			failures := w.failures()
			w.pass(48 * time.Hour)
			if again := w.submit(envelope); again != o {
				t.Errorf("again: %+v, first %+v", again, o)
			}
			if w.failures() != failures {
				t.Error("a repeat was counted")
			}
			secret := string(w.sale.Account)
			if strings.Contains(w.log.String(), secret) {
				t.Error("the log holds the account number")
			}
		})
	}
}

// failures is the count of W-0001's key.
func (w *world) failures() (n uint8) {
	w.t.Helper()
	err := w.ledger.View(w.t.Context(), func(s ledger.Snapshot) error {
		f, err := s.Failures(w.sale.Wallet.Public(w.t).Thumbprint())
		n = f.Count
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
