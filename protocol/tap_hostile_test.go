package protocol_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"testing"

	"countersign/protocol"
)

// A hostileCard seals what it likes to a terminal: RFC 9180 alone, without the package
// under test.
type hostileCard struct {
	t      testing.TB
	enc    []byte // compressed
	sender *hpke.Sender
}

func newHostileCard(t testing.TB, to *ecdh.PrivateKey, info string) hostileCard {
	t.Helper()
	public := ok[hpke.PublicKey](t)(hpke.NewDHKEMPublicKey(to.PublicKey()))
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(info))
	if err != nil {
		t.Fatal(err)
	}
	return hostileCard{t: t, enc: append([]byte{2 + enc[64]&1}, enc[1:33]...), sender: sender}
}

func (c hostileCard) seal(aad, plaintext []byte) []byte {
	c.t.Helper()
	return ok[[]byte](c.t)(c.sender.Seal(aad, plaintext))
}

// padTo fills with zeros, or cuts.
func padTo(plaintext []byte, size int) []byte {
	padded := make([]byte, size)
	copy(padded, plaintext)
	return padded
}

// A card that holds true keys puts anything into its sealed answers: it is refused, for
// a reason that the caller can tell, and nothing panics.
func TestHostileCards(t *testing.T) {
	s := newTapScene(t)
	get, pay := s.get.Hash(), s.pay.Hash()
	digits := ok[[8]byte](t)(s.Card.Number().BCD())
	result := s.Result(t, s.pay, protocol.TapDeducted).Bytes()
	one := padTo(result, 208)
	one[207] = 1
	for name, proof := range map[string][]byte{
		"zeros": make([]byte, 264), "null": padTo([]byte{0xf6}, 264), "no card": padTo(deterministic(t, []any{nil, make([]byte, 64)}), 264),
		"card of nothing": padTo(deterministic(t, []any{[]byte{}, make([]byte, 64)}), 264), "card null within": padTo(deterministic(t, []any{[]byte{0xf6}, make([]byte, 64)}), 264),
		"a result for a card": padTo(deterministic(t, []any{result, make([]byte, 64)}), 264),
		"no signature":        padTo(deterministic(t, []any{s.Card.Signed.Bytes(), nil}), 264), "endless array": padTo([]byte{0x9f}, 264),
		"array of more than there is": padTo([]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 264),
	} {
		t.Run("proof: "+name, func(t *testing.T) {
			c := newHostileCard(t, s.Terminal.Agreement, "cs1/tap")
			number := append(bytes.Clone(c.enc), c.seal(get[:], digits[:])...)
			_, _, err := protocol.OpenTapAnswer(s.Terminal.Agreement, get, protocol.TapAnswer{Number: number, Proof: c.seal(get[:], proof)}, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, protocol.ErrMalformed)
		})
	}
	for name, plaintext := range map[string][]byte{
		"not padded": result, "padded with a one": one, "padded too far": padTo(result, 209), "zeros": make([]byte, 208), "null": padTo([]byte{0xf6}, 208), "a card": padTo(s.Card.Signed.Bytes(), 208),
	} {
		t.Run("result: "+name, func(t *testing.T) {
			c := newHostileCard(t, s.Terminal.Agreement, "cs1/tap")
			number := append(bytes.Clone(c.enc), c.seal(get[:], digits[:])...)
			signature := ok[[64]byte](t)(protocol.SignTapNumber(s.Card.Key, get, number, s.Card.Signed))
			proof := c.seal(get[:], padTo(deterministic(t, []any{s.Card.Signed.Bytes(), signature[:]}), 264))
			reader, _, err := protocol.OpenTapAnswer(s.Terminal.Agreement, get, protocol.TapAnswer{Number: number, Proof: proof}, s.Settlement.Certificate, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, nil)
			_, err = reader.OpenResult(pay, c.seal(pay[:], plaintext))
			wantError(t, err, protocol.ErrMalformed)
		})
	}
	asked := s.Recover(t)
	h := asked.Hash()
	card := s.Card.Signed.Bytes()
	for name, plaintext := range map[string][]byte{
		"not padded": deterministic(t, []any{card, result}), "zeros": make([]byte, 408), "null": padTo([]byte{0xf6}, 408),
		"no card": padTo(deterministic(t, []any{nil, result}), 408), "no result": padTo(deterministic(t, []any{card, nil}), 408), "neither": padTo(deterministic(t, []any{nil, nil}), 408),
		"exchanged": padTo(deterministic(t, []any{result, card}), 408),
	} {
		t.Run("recovery: "+name, func(t *testing.T) {
			c := newHostileCard(t, s.Terminal.Agreement, "cs1/tap-recover-answer")
			sealed := append(bytes.Clone(c.enc), c.seal(h[:], plaintext)...)
			_, _, err := protocol.OpenTapRecovery(s.Terminal.Agreement, asked, sealed, s.pay, s.Card.Mark(), s.Terminal.Subject)
			wantError(t, err, protocol.ErrMalformed)
		})
	}
}

// What is no answer to GET is refused before any key is asked.
func TestTapAnswersOfOtherForms(t *testing.T) {
	s := newTapScene(t)
	a := ok[protocol.TapAnswer](t)(protocol.DecodeTapAnswer(s.answer.Bytes))
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":           {nil, protocol.ErrMalformed},
		"null":              {[]byte{0xf6}, protocol.ErrMalformed},
		"a byte behind":     {append(bytes.Clone(s.answer.Bytes), 0), protocol.ErrMalformed},
		"indefinite length": {append(append([]byte{0x9f}, s.answer.Bytes[1:]...), 0xff), protocol.ErrMalformed},
		"longer head":       {longForm(s.answer.Bytes), protocol.ErrMalformed},
		"one part":          {deterministic(t, []any{[]byte(a.Number)}), protocol.ErrMalformed},
		"three parts":       {deterministic(t, []any{[]byte(a.Number), a.Proof, nil}), protocol.ErrMalformed},
		"number null":       {deterministic(t, []any{nil, a.Proof}), protocol.ErrRange},
		"proof null":        {deterministic(t, []any{[]byte(a.Number), nil}), protocol.ErrRange},
		"number too short":  {deterministic(t, []any{[]byte(a.Number[1:]), a.Proof}), protocol.ErrRange},
		"number too long":   {deterministic(t, []any{append(bytes.Clone(a.Number), 0), a.Proof}), protocol.ErrRange},
		"proof too short":   {deterministic(t, []any{[]byte(a.Number), a.Proof[1:]}), protocol.ErrRange},
		"proof too long":    {deterministic(t, []any{[]byte(a.Number), append(bytes.Clone(a.Proof), 0)}), protocol.ErrRange},
		"texts":             {deterministic(t, []any{string(make([]byte, 57)), string(make([]byte, 280))}), protocol.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := protocol.DecodeTapAnswer(c.raw)
			wantError(t, err, c.want)
		})
	}
}
