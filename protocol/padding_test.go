package protocol_test

import (
	"bytes"
	"fmt"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// extremes are taps whose fields are as short and as long as they can be.
func extremes(t testing.TB) map[string]protocoltest.Tap {
	short, long := protocoltest.NewTap(t), protocoltest.NewTap(t)
	short.Settlement = short.Realm.Settlement("S")
	short.Amount = 1
	claims := short.Realm.CardClaims(short.Settlement, 0)
	claims.Expires, claims.Purse = 0, protocol.PurseTerms{Currency: 1, Ceiling: 1, ConfirmAbove: 1}
	short.Currency = 1
	short.Card = short.Realm.IssueCard(short.Settlement, claims)
	long.Settlement = long.Realm.Settlement("settlement------")
	long.Terminal = long.Realm.Terminal("terminal--------", "Corner Café")
	long.Amount, long.Currency = protocol.MaxMinor, 999
	claims = long.Realm.CardClaims(long.Settlement, 99_999_999_999)
	claims.Expires, claims.Purse = afterAllTime-1, protocol.PurseTerms{Currency: 999, Ceiling: protocol.MaxMinor, ConfirmAbove: protocol.MaxMinor}
	long.Card = long.Realm.IssueCard(long.Settlement, claims)
	return map[string]protocoltest.Tap{"usual": protocoltest.NewTap(t), "short": short, "long": long}
}

// Whoever listens learns nothing from the lengths of what a wallet answers: not
// the card, not the amount, not how often it has paid, not whether it paid now.
func TestAnswersOfATapHaveOneLength(t *testing.T) {
	seen := make(map[string]map[int]string)
	note := func(kind, what string, size int) {
		if seen[kind] == nil {
			seen[kind] = make(map[int]string)
		}
		seen[kind][size] = what
	}
	for name, p := range extremes(t) {
		get := p.Get(t)
		answer := p.Answer(t, get)
		note("answer to GET", name, len(answer.Bytes))
		pay := p.Pay(t, get, answer.Bytes)
		asked := p.Recover(t)
		results := map[string]*protocol.Signed[protocol.TapResult]{"never": p.Never(t, asked)}
		for status := protocol.TapDeducted; status < protocol.TapNever; status++ {
			results[status.String()] = p.Result(t, pay, status)
		}
		results["the last there can be"] = p.Card.Link(t, pay, p.Terminal.Subject, 1<<53, protocol.Hash{1})
		for what, result := range results {
			note("answer to RECOVER", name+", "+what, len(p.Recovery(t, asked, result)))
			cipher := p.Answer(t, get).Cipher
			note("answer to PAY", name+", "+what, len(ok[[]byte](t)(cipher.SealResult(pay.Hash(), result))))
		}
	}
	for kind, sizes := range seen {
		if len(sizes) != 1 {
			t.Errorf("%s has lengths %v", kind, sizes)
		}
	}
}

// Padding is zeros up to the one length, behind the one encoding.
func TestPadding(t *testing.T) {
	message := []byte{0x83, 1, 2, 3}
	padded := ok[[]byte](t)(protocol.Pad(message, 8))
	if want := append(bytes.Clone(message), 0, 0, 0, 0); !bytes.Equal(padded, want) {
		t.Errorf("padded is %x", padded)
	}
	if have := ok[[]byte](t)(protocol.Unpad(padded, 8)); !bytes.Equal(have, message) {
		t.Errorf("unpadded is %x", have)
	}
	_, err := protocol.Pad(message, 3)
	wantError(t, err, protocol.ErrRange)
	for i, wrong := range [][]byte{nil, message, append(padded, 0), {0x83, 1, 2, 3, 0, 0, 0, 1}, {0x83, 1, 2, 3, 1, 0, 0, 0}, {0x88, 1, 2, 3, 4, 5, 6, 7}, {0xff, 0, 0, 0, 0, 0, 0, 0}} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			_, err := protocol.Unpad(wrong, 8)
			wantError(t, err, protocol.ErrMalformed)
		})
	}
}
