package protocol_test

import (
	"slices"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// The messages of the scene's sale by tap, and of what comes before and after it.

func (s scene) tap(t testing.TB) tapScene { return tapSceneOf(t, s.Tap()) }

// second is another card of settlement's.
func (s tapScene) second() protocoltest.Card { return s.Realm.Card(s.Settlement, 2) }

func (s tapScene) mark() [8]byte { return protocol.SignerOf(s.Settlement.Certificate) }

func (s tapScene) cardKey(t testing.TB) protocol.CardKey {
	return s.Realm.ApplicationClaims(s.Wallet, s.Card.Key, s.Account).Proof.Unverified()
}

func (s tapScene) application() protocol.CardApplication {
	return s.Realm.ApplicationClaims(s.Wallet, s.Card.Key, s.Account)
}

func (s tapScene) blocklist() protocol.CardBlocklist {
	marks := []protocol.CardMark{s.thief.Mark(), s.second().Mark()}
	slices.SortFunc(marks, protocol.CardMark.Compare)
	return protocol.CardBlocklist{Issuer: s.Settlement.Subject, Sequence: 3, Issued: protocol.At(s.Realm.Now), Blocked: marks, Signer: s.mark()}
}

func (s tapScene) loadRequest() protocol.LoadRequest {
	return s.Realm.LoadRequestClaims(s.Card, 2, 5000)
}

// load is the second one, after a first of 10000.
func (s tapScene) load() protocol.Load {
	l := s.Realm.LoadClaims(s.Settlement, s.loadRequest(), 10000)
	l.Cleared = 4
	return l
}

func (s tapScene) transfer() protocol.Transfer {
	return s.Realm.TransferClaims(s.Card, s.second(), 2500, 2, protocol.Hash{1})
}

func (s tapScene) transferReceipt(t testing.TB) protocol.TransferReceipt {
	return protocol.TransferReceipt{
		Transfer: protocoltest.Sign(t, s.Card.Key, s.transfer()).Hash(), Reference: 815,
		Decided: protocol.At(s.Realm.Now), Signer: s.mark(),
	}
}

func (s tapScene) question(t testing.TB) protocol.CardQuestion {
	return protocol.CardQuestion{Number: s.Card.Number(), Sent: protocol.At(s.Realm.Now), Results: []*protocol.Signed[protocol.TapResult]{
		s.Result(t, s.pay, protocol.TapDeducted), s.Card.Link(t, s.pay, "T-0001", 2, protocol.Hash{1}),
	}}
}

func (s tapScene) state() protocol.CardState {
	return protocol.CardState{
		Number: s.Card.Number(), Currency: 156, Waiting: 2500, Sequence: 2, Total: 15000, Cleared: 4,
		Decided: protocol.At(s.Realm.Now), Signer: s.mark(),
	}
}

// tapMessages returns one of every signed kind of a sale by tap, and of those with
// variants each.
func (s scene) tapMessages(t testing.TB) []message {
	t.Helper()
	p := s.tap(t)
	asked := p.Recover(t)
	clearing := p.ClearingClaims(p.pay, p.Result(t, p.pay, protocol.TapDeducted))
	return []message{
		messageOf(t, "virtual card", p.Settlement.Key, p.Card.Claims()),
		messageOf(t, "card key", p.Card.Key, p.cardKey(t)),
		messageOf(t, "card application", p.Wallet.Key, p.application()),
		messageOf(t, "card blocklist", p.Settlement.Key, p.blocklist()),
		messageOf(t, "tap get", p.Terminal.Key, p.GetClaims()),
		messageOf(t, "tap pay", p.Terminal.Key, p.PayClaims(p.get, p.answer.Bytes)),
		messageOf(t, "tap result", p.Card.Key, p.ResultClaims(p.pay, protocol.TapDeducted)),
		messageOf(t, "tap result of a refusal", p.Card.Key, p.ResultClaims(p.pay, protocol.TapFunds)),
		messageOf(t, "tap result of a recovery", p.Card.Key, p.NeverClaims(asked)),
		messageOf(t, "tap recover", p.Terminal.Key, p.RecoverClaims()),
		messageOf(t, "load request", p.Card.Key, p.loadRequest()),
		messageOf(t, "load", p.Settlement.Key, p.load()),
		messageOf(t, "transfer", p.Card.Key, p.transfer()),
		messageOf(t, "transfer receipt", p.Settlement.Key, p.transferReceipt(t)),
		messageOf(t, "card question", p.Card.Key, p.question(t)),
		messageOf(t, "card state", p.Settlement.Key, p.state()),
		messageOf(t, "tap clearing", p.Terminal.Key, clearing),
		messageOf(t, "tap abandonment", p.Terminal.Key, p.AbandonmentClaims(p.pay)),
		messageOf(t, "tap cleared", p.Settlement.Key, p.ClearedClaims(p.pay, protocol.ClearingCredited)),
		messageOf(t, "tap not credited", p.Settlement.Key, p.ClearedClaims(p.pay, protocol.ClearingUncovered)),
	}
}
