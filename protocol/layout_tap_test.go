package protocol_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

func tapCommandTable(t *testing.T) string {
	s := newTapScene(t)
	return table([]column{
		{"GET", layoutOf(t, s.get, nil)}, {"PAY", layoutOf(t, s.pay, nil)}, {"RECOVER", layoutOf(t, s.Recover(t), nil)},
	})
}

func tapCardTable(t *testing.T) string {
	s := newTapScene(t)
	return table([]column{
		{"virtual card", layoutOf(t, s.Card.Signed, nil)}, {"deducted", layoutOf(t, s.Result(t, s.pay, protocol.TapDeducted), nil)},
		{"refused, never", layoutOf(t, s.Never(t, s.Recover(t)), nil)},
	})
}

// tapAnswerTable takes the sealed answers apart by what went into them.
func tapAnswerTable(t *testing.T) string {
	s := newTapScene(t)
	card, result := len(s.Card.Signed.Bytes()), len(s.Result(t, s.pay, protocol.TapDeducted).Bytes())
	sealedResult := len(ok[[]byte](t)(s.answer.Cipher.SealResult(s.pay.Hash(), s.Result(t, s.pay, protocol.TapDeducted))))
	recovery := len(s.Recovery(t, s.Recover(t), s.Result(t, s.pay, protocol.TapDeducted)))
	const enc, tag, number, signature = 33, 16, 8, 64
	// Heads: of the answer's array and two parts, of the proof's array and two parts; of the recovery's.
	get := []row{
		{"heads", 1 + 2 + 3 + 1 + 2 + 2}, {"encapsulated key", enc}, {"card number", number}, {"virtual card", card}, {"signature over the number", signature},
	}
	padded := func(rows []row, total, tags int) []row {
		return append(rows, row{"padding", total - column{rows: rows}.total() - tags*tag}, row{"tags", tags * tag})
	}
	return table([]column{
		{"to GET", padded(get, len(s.answer.Bytes), 2)},
		{"to PAY", padded([]row{{"result, deducted", result}}, sealedResult, 1)},
		{"to RECOVER", padded([]row{{"heads", 1 + 2 + 2}, {"encapsulated key", enc}, {"virtual card", card}, {"result, deducted", result}}, recovery, 1)},
	})
}

func tapLoadTable(t *testing.T) string {
	s := newTapScene(t)
	return table([]column{
		{"load request", layoutOf(t, protocoltest.Sign(t, s.Card.Key, s.loadRequest()), nil)},
		{"load", layoutOf(t, protocoltest.Sign(t, s.Settlement.Key, s.load()), nil)},
		{"transfer", layoutOf(t, protocoltest.Sign(t, s.Card.Key, s.transfer()), nil)},
	})
}

func tapClearingTable(t *testing.T) string {
	s := newTapScene(t)
	clearing := s.Clearing(t, s.pay, s.Result(t, s.pay, protocol.TapDeducted))
	rows := layoutOf(t, clearing, nil)
	e := ok[protocol.Envelope](t)(protocol.SealTapClearing(s.Settlement.Point(t), s.Terminal.Subject, clearing))
	body := ok[[]byte](t)(protocol.EncodeEnvelope(e))
	rows = append(rows, row{"sealing: encapsulated key, tag", len(e.Sealed) - len(clearing.Bytes())}, row{"envelope: array, H(PAY), length", len(body) - len(e.Sealed)})
	return table([]column{{"clearing", rows}})
}

// tapAirTable sends a tap through both ends of ISO/IEC 7816-4 and counts.
func tapAirTable(t *testing.T) string {
	s := newTapScene(t)
	asked, result := s.Recover(t), s.Result(t, s.pay, protocol.TapDeducted)
	answers := map[byte][]byte{
		iso7816.InsSelect: protocol.EncodeTapSelection(s.Nonce), protocol.TapInsGet: s.answer.Bytes,
		protocol.TapInsPay: ok[[]byte](t)(s.answer.Cipher.SealResult(s.pay.Hash(), result)), protocol.TapInsRecover: s.Recovery(t, asked, result),
	}
	card := iso7816.NewSession(func(_ context.Context, c iso7816.Command) iso7816.Response {
		return iso7816.Response{Data: answers[c.INS], SW: iso7816.OK}
	})
	var b strings.Builder
	b.WriteString("| command | data | answer | short APDUs | bytes over the air |\n| --- | ---: | ---: | ---: | ---: |\n")
	var data, answer, apdus, air int
	line := func(name string, c iso7816.Command) {
		n, size := 0, 0
		r, _, err := iso7816.Exchange(t.Context(), func(ctx context.Context, apdu []byte) ([]byte, error) {
			response := card.Handle(ctx, apdu)
			n, size = n+1, size+len(apdu)+len(response)
			return response, nil
		}, c)
		if err != nil || r.SW != iso7816.OK {
			t.Fatalf("%s: %v, %v", name, r.SW, err)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", name, len(c.Data), len(r.Data), n, size)
		data, answer, apdus, air = data+len(c.Data), answer+len(r.Data), apdus+n, air+size
	}
	total := func(name string) {
		fmt.Fprintf(&b, "| **%s** | **%d** | **%d** | **%d** | **%d** |\n", name, data, answer, apdus, air)
	}
	command := func(ins byte, data []byte) iso7816.Command {
		return iso7816.Command{CLA: protocol.TapClass, INS: ins, Data: data, Le: iso7816.MaxLe}
	}
	line("SELECT (S2)", iso7816.Select(protocol.TapApplication()))
	line("GET VIRTUAL CARD NUMBER (S4)", command(protocol.TapInsGet, s.get.Bytes()))
	line("PAY (S8)", command(protocol.TapInsPay, s.pay.Bytes()))
	total("a tap")
	if air > 1600 || apdus > 12 {
		t.Errorf("a tap takes %d bytes in %d APDUs", air, apdus)
	}
	data, answer, apdus, air = 0, 0, 0, 0
	line("SELECT", iso7816.Select(protocol.TapApplication()))
	line("RECOVER", command(protocol.TapInsRecover, asked.Bytes()))
	total("what became of a torn tap")
	return b.String()
}
