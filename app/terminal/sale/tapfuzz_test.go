package sale

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/wallettest"
	"countersign/protocol/iso7816"
)

// mangled is a wallet whose answers are cut, changed, swapped and repeated on the
// way, as data says: two bytes an APDU.
type mangled struct {
	*phone
	data []byte
	last []byte
}

func (m *mangled) Exchange(ctx context.Context, c iso7816.Command) (iso7816.Response, error) {
	r, _, err := iso7816.Exchange(ctx, m.answer, c)
	return r, err
}

func (m *mangled) answer(ctx context.Context, apdu []byte) ([]byte, error) {
	answer, err := m.transmit(ctx, apdu)
	if err != nil || len(m.data) < 2 {
		return answer, err
	}
	how, at := m.data[0], int(m.data[1])
	m.data = m.data[2:]
	kept := m.last
	m.last = append([]byte(nil), answer...)
	switch how % 8 {
	case 1: // a bit
		answer[at%len(answer)] ^= 1 << (how >> 5)
	case 2: // too short
		answer = answer[:at%len(answer)]
	case 3: // a status word
		answer = []byte{0x60 | how>>4, byte(at)}
	case 4: // the answer before
		answer = kept
	case 5: // the command once more, whose answer comes
		answer, err = m.transmit(ctx, apdu)
	case 6: // lost
		return nil, ErrCardLost
	}
	return answer, err
}

// mangling hands out phones that mangle.
type mangling struct {
	*field
	data []byte
}

func (m mangling) Wait(ctx context.Context) (Card, error) {
	card, err := m.field.Wait(ctx)
	if err != nil {
		return nil, err
	}
	return &mangled{phone: card.(*phone), data: m.data}, nil
}

// FuzzTap sets both state machines against each other over a radio that does
// anything: nothing panics, the sale is where it may be, and an honest radio later
// brings it to one deduction, or to none that is paid.
func FuzzTap(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 6, 0})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 5, 0})
	f.Add([]byte{3, 0x82})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 9})
	f.Add([]byte{4, 0, 4, 0, 4, 0, 2, 1, 5, 5})
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			s := newShop(t)
			s.withTaps()
			s.mangle = data
			s.open()
			s.begin()
			for range 2 {
				p := s.field.hold(s.wallet, never)
				time.Sleep(time.Minute / 4)
				p.lift()
				synctest.Wait()
			}
			s.till.Close()
			s.mangle = nil
			s.open()
			defer func() { s.till.Close() }()
			synctest.Wait()
			paid := func(w *wallettest.Wallet) bool { return len(w.Deductions()) == 1 }
			switch v := s.till.View(); v.Stage {
			case Idle:
				if n := len(s.wallet.Deductions()); n > 1 {
					t.Errorf("%d deductions", n)
				}
			case Torn:
				s.tap(s.wallet, never)
				s.tap(s.wallet, never)
				s.want(Ended, Paid, ReasonNone)
				if !paid(s.wallet) {
					t.Errorf("%d deductions", len(s.wallet.Deductions()))
				}
			default:
				t.Errorf("stage %s after a restart", v.Stage)
			}
			s.agree(s.wallet)
		})
	})
}
