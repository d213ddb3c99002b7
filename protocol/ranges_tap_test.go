package protocol_test

import (
	"testing"

	"countersign/protocol"
)

// tooOften is one deduction or load more than are counted.
const tooOften = 1<<53 + 1

func TestRangesOfVirtualCards(t *testing.T) {
	s := newTapScene(t)
	type P = protocol.VirtualCard
	ranged(t, s.Card.Claims, map[string]func(p *P){
		"no issuer": func(p *P) { p.Issuer = "" }, "issuer too long": func(p *P) { p.Issuer = "longer than sixteen" },
		"no number": func(p *P) { p.Number = "" }, "number too long": func(p *P) { p.Number += "0" }, "number with a letter": func(p *P) { p.Number = p.Number[:8] + "x" + p.Number[9:] },
		"number that fails Luhn": func(p *P) { p.Number = p.Number[:15] + "0" }, "number of another issuer": func(p *P) { p.Number = "6222020200112235" },
		"after all time": func(p *P) { p.Expires = afterAllTime }, "no key": func(p *P) { p.Holder = protocol.Confirmation{} },
		"currency 0": func(p *P) { p.Purse.Currency = 0 }, "ceiling 0": func(p *P) { p.Purse.Ceiling = 0 }, "ceiling too large": func(p *P) { p.Purse.Ceiling = tooMuch },
		"everything is confirmed": func(p *P) { p.Purse.ConfirmAbove = 0 }, "confirmed above the ceiling": func(p *P) { p.Purse.ConfirmAbove = p.Purse.Ceiling + 1 },
	})
	ranged(t, func() protocol.CardKey { return s.cardKey(t) }, map[string]func(p *protocol.CardKey){
		"nobody": func(p *protocol.CardKey) { p.Wallet = "" }, "no key": func(p *protocol.CardKey) { p.Key = protocol.Key{} },
	})
	type A = protocol.CardApplication
	ranged(t, s.application, map[string]func(p *A){
		"no certificate": func(p *A) { p.Wallet = nil }, "no proof": func(p *A) { p.Proof = nil }, "no account": func(p *A) { clear(p.Number[:]) },
		"zero within the account": func(p *A) { p.Number[0] = 0 }, "currency 1000": func(p *A) { p.Currency = 1000 }, "after all time": func(p *A) { p.Sent = afterAllTime },
	})
	type L = protocol.CardBlocklist
	ranged(t, s.blocklist, map[string]func(p *L){
		"no issuer": func(p *L) { p.Issuer = "" }, "after all time": func(p *L) { p.Issued = afterAllTime }, "no cards, as null": func(p *L) { p.Blocked = nil },
		"unsorted": func(p *L) { p.Blocked[0], p.Blocked[1] = p.Blocked[1], p.Blocked[0] }, "one card twice": func(p *L) { p.Blocked[1] = p.Blocked[0] },
		"too many": func(p *L) { p.Blocked = manyMarks(16385) },
	})
	ranged(t, func() L { l := s.blocklist(); l.Blocked = manyMarks(16384); return l }, nil)
}

// manyMarks are n marks in order.
func manyMarks(n int) []protocol.CardMark {
	marks := make([]protocol.CardMark, n)
	for i := range marks {
		marks[i][0], marks[i][1] = byte(i>>8), byte(i)
	}
	return marks
}

func TestRangesOfTaps(t *testing.T) {
	s := newTapScene(t)
	ranged(t, s.GetClaims, map[string]func(p *protocol.TapGet){
		"no settlement": func(p *protocol.TapGet) { p.Settlement = "" }, "no certificate": func(p *protocol.TapGet) { p.Terminal = nil },
	})
	ranged(t, s.RecoverClaims, map[string]func(p *protocol.TapRecover){"no certificate": func(p *protocol.TapRecover) { p.Terminal = nil }})
	type P = protocol.TapPay
	ranged(t, func() P { return s.PayClaims(s.get, s.answer.Bytes) }, map[string]func(p *P){
		"amount 0": func(p *P) { p.Amount = 0 }, "amount negative": func(p *P) { p.Amount = -1 }, "amount too large": func(p *P) { p.Amount = tooMuch },
		"currency 0": func(p *P) { p.Currency = 0 }, "after all time": func(p *P) { p.Issued = afterAllTime }, "life 0": func(p *P) { p.Life = 0 }, "life 61": func(p *P) { p.Life = 61 },
	})
	type R = protocol.TapResult
	zeros, hash := protocol.Hash{}, protocol.Hash{1}
	ranged(t, func() R { return s.ResultClaims(s.pay, protocol.TapDeducted) }, map[string]func(p *R){
		"nothing deducted": func(p *R) { p.Amount = 0 }, "amount negative": func(p *R) { p.Amount = -1 }, "amount too large": func(p *R) { p.Amount = tooMuch },
		"no counter": func(p *R) { p.Counter = 0 }, "no previous": func(p *R) { p.Previous = nil },
		"first with a previous": func(p *R) { p.Previous = &hash }, "second without a previous": func(p *R) { p.Counter = 2 },
		"counter too large": func(p *R) { p.Counter, p.Previous = tooOften, &hash },
		"currency 0":        func(p *R) { p.Currency = 0 }, "no terminal": func(p *R) { p.Terminal = "" }, "status 5": func(p *R) { p.Status = 5 },
	})
	ranged(t, func() R { return s.ResultClaims(s.pay, protocol.TapFunds) }, map[string]func(p *R){
		"refused with an amount": func(p *R) { p.Amount = 1 }, "refused with a negative amount": func(p *R) { p.Amount = -1 }, "refused with a counter": func(p *R) { p.Counter = 1 },
		"refused with a previous": func(p *R) { p.Previous = &zeros }, "status 5": func(p *R) { p.Status = 5 }, "currency 1000": func(p *R) { p.Currency = 1000 },
	})
}

func TestRangesOfLoads(t *testing.T) {
	s := newTapScene(t)
	type Q = protocol.LoadRequest
	ranged(t, s.loadRequest, map[string]func(p *Q){
		"no number": func(p *Q) { p.Number = "" }, "amount 0": func(p *Q) { p.Amount = 0 }, "currency 0": func(p *Q) { p.Currency = 0 },
		"sequence 0": func(p *Q) { p.Sequence = 0 }, "sequence too large": func(p *Q) { p.Sequence = tooOften }, "after all time": func(p *Q) { p.Sent = afterAllTime },
	})
	type L = protocol.Load
	ranged(t, s.load, map[string]func(p *L){
		"no number": func(p *L) { p.Number = "" }, "amount 0": func(p *L) { p.Amount = 0 }, "currency 0": func(p *L) { p.Currency = 0 },
		"sequence 0": func(p *L) { p.Sequence = 0 }, "sequence too large": func(p *L) { p.Sequence = tooOften }, "cleared too large": func(p *L) { p.Cleared = tooOften },
		"less in total": func(p *L) { p.Total = protocol.Sum(p.Amount) - 1 }, "total too large": func(p *L) { p.Total = tooOften }, "after all time": func(p *L) { p.Made = afterAllTime },
	})
	type T = protocol.Transfer
	ranged(t, s.transfer, map[string]func(p *T){
		"from nobody": func(p *T) { p.From = "" }, "to nobody": func(p *T) { p.To = "" }, "to itself": func(p *T) { p.To = p.From },
		"amount 0": func(p *T) { p.Amount = 0 }, "currency 0": func(p *T) { p.Currency = 0 }, "no counter": func(p *T) { p.Counter = 0 }, "counter too large": func(p *T) { p.Counter = tooOften },
		"first with a previous": func(p *T) { p.Counter = 1 }, "second without a previous": func(p *T) { p.Previous = protocol.Hash{} }, "after all time": func(p *T) { p.Sent = afterAllTime },
	})
	type R = protocol.TransferReceipt
	ranged(t, func() R { return s.transferReceipt(t) }, map[string]func(p *R){
		"result 4": func(p *R) { p.Result = 4 }, "made without a reference": func(p *R) { p.Reference = 0 }, "conflict with a reference": func(p *R) { p.Result = protocol.TransferConflict },
		"after all time": func(p *R) { p.Decided = afterAllTime },
	})
	type U = protocol.CardQuestion
	results := s.question(t).Results
	ranged(t, func() U { return s.question(t) }, map[string]func(p *U){
		"no number": func(p *U) { p.Number = "" }, "after all time": func(p *U) { p.Sent = afterAllTime }, "no results, as null": func(p *U) { p.Results = nil },
		"a result null": func(p *U) { p.Results[0] = nil }, "out of order": func(p *U) { p.Results[0], p.Results[1] = results[1], results[0] }, "one result twice": func(p *U) { p.Results[1] = results[0] },
		"a result that deducted nothing": func(p *U) { p.Results[0] = s.Result(t, s.pay, protocol.TapFunds) },
		"too many": func(p *U) {
			for i := uint64(3); len(p.Results) < 33; i++ {
				p.Results = append(p.Results, s.Card.Link(t, s.pay, "T-0001", i, protocol.Hash{1}))
			}
		},
	})
	type S = protocol.CardState
	ranged(t, s.state, map[string]func(p *S){
		"no number": func(p *S) { p.Number = "" }, "currency 0": func(p *S) { p.Currency = 0 }, "waiting negative": func(p *S) { p.Waiting = -1 }, "waiting too large": func(p *S) { p.Waiting = tooOften },
		"total negative": func(p *S) { p.Total = -1 }, "total too large": func(p *S) { p.Total = tooOften }, "total of no load": func(p *S) { p.Sequence = 0 }, "load of nothing": func(p *S) { p.Total = 0 },
		"sequence too large": func(p *S) { p.Sequence = tooOften }, "cleared too large": func(p *S) { p.Cleared = tooOften }, "after all time": func(p *S) { p.Decided = afterAllTime },
	})
}

func TestRangesOfClearings(t *testing.T) {
	s := newTapScene(t)
	type P = protocol.TapClearing
	good := s.ClearingClaims(s.pay, s.Result(t, s.pay, protocol.TapDeducted))
	ranged(t, func() P { return good }, map[string]func(p *P){
		"no card": func(p *P) { p.Card = nil }, "no PAY": func(p *P) { p.Pay = nil }, "no result": func(p *P) { p.Result = nil }, "no certificate": func(p *P) { p.Terminal = nil },
		"nothing deducted": func(p *P) { p.Result = s.Result(t, s.pay, protocol.TapFunds) }, "never": func(p *P) { p.Result = s.Never(t, s.Recover(t)) },
		"no merchant": func(p *P) { p.Merchant = nil }, "merchant too long": func(p *P) { p.Merchant = make([]byte, 17) },
	})
	type A = protocol.TapAbandonment
	ranged(t, func() A { return s.AbandonmentClaims(s.pay) }, map[string]func(p *A){
		"no PAY": func(p *A) { p.Pay = nil }, "after all time": func(p *A) { p.Sent = afterAllTime },
	})
	type C = protocol.TapCleared
	ranged(t, func() C { return s.ClearedClaims(s.pay, protocol.ClearingCredited) }, map[string]func(p *C){
		"result 6": func(p *C) { p.Result, p.Reference = 6, 0 }, "credited without a reference": func(p *C) { p.Reference = 0 }, "refused with a reference": func(p *C) { p.Result = protocol.ClearingUncovered },
		"amount 0": func(p *C) { p.Amount = 0 }, "currency 0": func(p *C) { p.Currency = 0 }, "after all time": func(p *C) { p.Decided = afterAllTime },
	})
}

// What can be said of a status or a result is said by name.
func TestNamesOfTapResults(t *testing.T) {
	for _, test := range []struct {
		have interface{ String() string }
		want string
	}{
		{protocol.TapDeducted, "deducted"}, {protocol.TapNever, "never"}, {protocol.TapStatus(5), "tap status 5"},
		{protocol.TransferMade, "made"}, {protocol.TransferConflict, "conflict"}, {protocol.TransferUncovered, "uncovered"}, {protocol.TransferResult(4), "transfer result 4"},
		{protocol.ClearingCredited, "credited"}, {protocol.ClearingConflict, "conflict"}, {protocol.ClearingResult(6), "clearing result 6"},
		{protocol.CardMark{0xab, 0xcd, 0xef, 1, 2}, "abcdef01"},
	} {
		if have := test.have.String(); have != test.want {
			t.Errorf("name is %q, want %q", have, test.want)
		}
	}
}
