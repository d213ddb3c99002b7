package scene

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"countersign/app/demo/air"
	"countersign/app/demo/chronicle"
	"countersign/app/demo/forgery"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// strangers is a reader that is nobody's, with the owner's phone before it.
type strangers struct {
	stage  *Stage
	reader *air.Stranger
}

// strangersReader has the owner hold the phone, unlocked and armed, to a stranger's
// reader.
func (s *Stage) strangersReader(ctx context.Context) (*strangers, error) {
	wait := s.Air.Stranger()
	if err := s.holdPhone(ctx); err != nil {
		return nil, err
	}
	reader, err := wait(ctx)
	if err != nil {
		return nil, err
	}
	return &strangers{s, reader}, nil
}

// send sends a whole command, in as many APDUs as it takes.
func (r *strangers) send(ctx context.Context, c iso7816.Command) (iso7816.Response, error) {
	answer, _, err := iso7816.Exchange(ctx, func(_ context.Context, apdu []byte) ([]byte, error) { return r.reader.Transmit(apdu) }, c)
	return answer, err
}

// leave lets the phone go, and the owner put it away.
func (r *strangers) leave(ctx context.Context) error {
	from := r.stage.Chronicle.Len()
	if err := r.reader.Close(); err != nil {
		return err
	}
	if _, _, err := r.stage.Chronicle.Wait(ctx, from, chronicle.WithControl(phone, "tap", "card")); err != nil {
		return fmt.Errorf("waiting for the phone to be put away: %w", err)
	}
	return nil
}

// foreignReader: a stranger's terminal asks the armed card for its number, and what
// became of a tap, with a certificate that says all that the shop's says, made by a
// stranger's authority. It hears a status word each time, and in all that was said
// there is nothing of the card.
func (s *Stage) foreignReader(ctx context.Context, genuine string) error {
	const scene = "foreign-terminal"
	book, err := s.Books.Card(ctx)
	if err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.do("the same stranger has a reader: the phone is held to it", "同一陌生人还有读卡器：手机靠近它")
	s.Air.Heard() // of before
	reader, err := s.strangersReader(ctx)
	if err != nil {
		return err
	}
	for _, forge := range []struct {
		name string
		ins  byte
		make func(string, protocol.Code) ([]byte, error)
	}{{"GET", protocol.TapInsGet, forgery.TapGet}, {"RECOVER", protocol.TapInsRecover, forgery.TapRecover}} {
		selected, err := reader.send(ctx, iso7816.Select(protocol.TapApplication()))
		if err != nil {
			return err
		}
		nonce, err := protocol.DecodeTapSelection(selected.Data)
		if err != nil {
			return &Failure{scene, fmt.Sprintf("the phone answers SELECT %04X: %v", uint16(selected.SW), err)}
		}
		forged, err := forge.make(genuine, nonce)
		if err != nil {
			return err
		}
		r, err := reader.send(ctx, iso7816.Command{CLA: protocol.TapClass, INS: forge.ins, Data: forged, Le: iso7816.MaxLe})
		if err != nil {
			return err
		}
		if r.SW != iso7816.SecurityNotSatisfied || len(r.Data) > 0 {
			return &Failure{scene, fmt.Sprintf("the phone answers a forged %s %04X and %d bytes", forge.name, uint16(r.SW), len(r.Data))}
		}
		s.do("%s by the stranger's terminal: %04X and nothing else (by wallet)", "陌生终端的 %s：%04X，别无他物（钱包拒绝）", forge.name, uint16(r.SW))
	}
	if err := reader.leave(ctx); err != nil {
		return err
	}
	heard := s.Air.Heard()
	bytesHeard, err := silent(heard, book)
	if err != nil {
		return &Failure{scene, err.Error()}
	}
	s.do("%d bytes of the phone's were recorded: no card number, no mark, no name in them", "录得手机发出的 %d 字节：其中没有卡号、卡标记或名称", bytesHeard)
	return nil
}

// silent holds what a phone was heard to say against what names it or its card.
func silent(heard []air.Exchange, book CardBook) (total int, err error) {
	mark, err := hex.DecodeString(book.Mark)
	if err != nil || len(mark) == 0 || len(book.Ending) != 4 {
		return 0, fmt.Errorf("settlement's books name the card %q, %q", book.Mark, book.Ending)
	}
	var all []byte
	for _, e := range heard {
		all = append(all, e.Answer...)
		// SELECT is answered with a form that is the same for all, and a nonce.
		if len(e.Answer) > 2 && e.Command[1] != iso7816.InsSelect {
			return 0, fmt.Errorf("the phone answers instruction %02X with %d bytes", e.Command[1], len(e.Answer))
		}
	}
	if numberIn(all, book.Ending) || bytes.Contains(all, mark) || bytes.Contains(all, []byte(book.Mark)) || bytes.Contains(all, []byte("W-0001")) {
		return 0, fmt.Errorf("the recording has the card in it")
	}
	return len(all), nil
}

// numberIn looks for a card's number, in digits and in packed ones, by its issuer and
// its last four.
func numberIn(heard []byte, ending string) bool {
	digits := []byte(hex.EncodeToString(heard)) // packed digits are nibbles
	for _, text := range [][]byte{heard, digits, digits[min(1, len(digits)):]} {
		for at := range text {
			if at+16 <= len(text) && bytes.HasPrefix(text[at:], []byte(protocol.CardIssuerPrefix)) && string(text[at+12:at+16]) == ending &&
				!slices.ContainsFunc(text[at:at+16], func(b byte) bool { return b < '0' || b > '9' }) {
				return true
			}
		}
	}
	return false
}
