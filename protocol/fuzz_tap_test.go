package protocol_test

import (
	"bytes"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func FuzzTapSelection(f *testing.F) {
	good := protocol.EncodeTapSelection(protocol.Code([]byte("nonce of SELECT.")))
	f.Add(good)
	f.Add(good[:18])
	f.Add([]byte{0x6f, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		nonce, err := protocol.DecodeTapSelection(raw)
		if err == nil && !bytes.Equal(protocol.EncodeTapSelection(nonce), raw) {
			t.Errorf("%x is written %x", raw, protocol.EncodeTapSelection(nonce))
		}
	})
}

func FuzzCardNumberFromBCD(f *testing.F) {
	for _, serial := range []uint64{0, 1, 99_999_999_999} {
		digits := ok[[8]byte](f)(protocoltest.CardNumber(f, serial).BCD())
		f.Add(digits[:])
	}
	f.Add([]byte{0xff, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		number, err := protocol.CardNumberFromBCD(raw)
		if err != nil {
			return
		}
		if again, err := number.BCD(); err != nil || !bytes.Equal(again[:], raw) {
			t.Errorf("%x is %s and written %x, %v", raw, number, again, err)
		}
		if number.Validate() == nil && len(number.Ending()) != 4 {
			t.Errorf("%s ends %q", number, number.Ending())
		}
	})
}

func FuzzCardNumber(f *testing.F) {
	fuzzText(f, "card-number", func(text string) (string, error) {
		number := protocol.CardNumber(text)
		if err := number.Validate(); err != nil {
			return "", err
		}
		digits, err := number.BCD()
		if err != nil {
			return "", err
		}
		again, err := protocol.CardNumberFromBCD(digits[:])
		return string(again), err
	})
}

// FuzzUnpad: what is unpadded is padded the same again.
func FuzzUnpad(f *testing.F) {
	f.Add([]byte{0x83, 1, 2, 3, 0, 0, 0, 0})
	f.Add([]byte{0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, padded []byte) {
		message, err := protocol.Unpad(padded, len(padded))
		if err != nil {
			return
		}
		if again, err := protocol.Pad(message, len(padded)); err != nil || !bytes.Equal(again, padded) {
			t.Errorf("%x is padded %x, %v", padded, again, err)
		}
	})
}

// FuzzOpenTap: whatever a card answers to GET and PAY, it is opened or refused.
func FuzzOpenTap(f *testing.F) {
	s := newTapScene(f)
	sealed := ok[[]byte](f)(s.answer.Cipher.SealResult(s.pay.Hash(), s.Result(f, s.pay, protocol.TapDeducted)))
	f.Add(s.answer.Bytes, sealed)
	f.Add(s.answer.Bytes, []byte{})
	f.Add(s.answer.Bytes[:57], sealed)
	trust := s.Realm.Trust()
	f.Fuzz(func(t *testing.T, answer, sealed []byte) {
		a, err := protocol.DecodeTapAnswer(answer)
		if err != nil {
			return
		}
		reader, card, err := protocol.OpenTapAnswer(s.Terminal.Agreement, s.get.Hash(), a, s.Settlement.Certificate, trust, s.Realm.Now)
		if (reader == nil) != (err != nil) || (card == nil) != (err != nil) {
			t.Fatalf("opened %v and %v with %v", reader, card, err)
		}
		if err != nil {
			return
		}
		if result, err := reader.OpenResult(s.pay.Hash(), sealed); (result == nil) != (err != nil) {
			t.Errorf("opened %v with %v", result, err)
		}
	})
}

// FuzzOpenTapRecovery: whatever a card answers to RECOVER, it is opened or refused.
func FuzzOpenTapRecovery(f *testing.F) {
	s := newTapScene(f)
	asked := s.Recover(f)
	f.Add([]byte(s.Recovery(f, asked, s.Never(f, asked))))
	f.Add([]byte{2})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		card, result, err := protocol.OpenTapRecovery(s.Terminal.Agreement, asked, sealed, s.pay, s.Card.Mark(), s.Terminal.Subject)
		if (card == nil) != (err != nil) || (result == nil) != (err != nil) {
			t.Errorf("opened %v and %v with %v", card, result, err)
		}
	})
}
