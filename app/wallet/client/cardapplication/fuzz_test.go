package cardapplication_test

import (
	"bytes"
	"testing"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// FuzzAPDUs sends the card a script of APDUs: its own bytes, and the commands of a true
// tap, whole, damaged, replayed or out of order. A script is a list of turns: an
// operation, a length, and so many bytes. Whatever comes, each APDU is answered,
// no data stands beside an error, what was deducted is what a true PAY asked for,
// once a code, and the card pays a true terminal behind it.
func FuzzAPDUs(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 2, 0})                                  // SELECT GET PAY
	f.Add([]byte{0, 0, 1, 0, 2, 0, 2, 0, 3, 0})                      // PAY twice, RECOVER
	f.Add([]byte{0, 0, 3, 0, 1, 0, 2, 0})                            // RECOVER first: the code is burnt
	f.Add([]byte{0, 0, 1, 0, 0, 0, 2, 0})                            // another SELECT before PAY
	f.Add([]byte{0, 0, 1, 2, 9, 0x40, 1, 0, 2, 0})                   // damaged GET
	f.Add([]byte{0, 0, 1, 0, 2, 3, 77, 0x80, 0x01})                  // damaged PAY
	f.Add([]byte{5, 7, 0x80, 0x50, 0, 0, 1, 0, 0})                   // GET without SELECT
	f.Add([]byte{0, 0, 5, 8, 0x90, 0x50, 0, 0, 2, 1, 2, 3, 2, 0})    // broken chain
	f.Add([]byte{5, 9, 0, 0xa4, 4, 0, 4, 1, 2, 3, 4, 0, 0, 4, 0, 4}) // another name, power off
	f.Fuzz(func(t *testing.T, script []byte) {
		p := newPhone(t, 50_000, func(o *purse.Options) { o.MaxUnconfirmed = 1000 })
		ctx := t.Context()
		code := protocol.NewCode()
		var nonce protocol.Code
		var get *protocol.Signed[protocol.TapGet]
		var answer []byte
		balance, paid := protocol.Sum(50_000), false
		// send sends a command's links, with the last one's answer.
		send := func(ins byte, data, damage []byte) []byte {
			data = bytes.Clone(data)
			if len(damage) > 1 {
				data[int(damage[0])*len(data)/256] ^= damage[1]
			}
			if len(damage) > 2 {
				data = data[:len(data)*int(damage[2])/256]
			}
			r, _, err := iso7816.Exchange(ctx, p.transmit, iso7816.Command{CLA: protocol.TapClass, INS: ins, Data: data, Le: iso7816.MaxLe})
			if err != nil {
				t.Fatal(err)
			}
			if r.SW != iso7816.OK && len(r.Data) > 0 {
				t.Fatalf("%v with data", r.SW)
			}
			return r.Data
		}
		for turn := 0; len(script) >= 2 && turn < 32; turn++ {
			op, n := script[0], min(int(script[1]), len(script)-2)
			with := script[2 : 2+n]
			script = script[2+n:]
			switch op % 6 {
			case 0:
				if data, sw, err := p.radio.Select(ctx); err != nil || sw != iso7816.OK {
					t.Fatal(sw, err)
				} else if nonce, err = protocol.DecodeTapSelection(data); err != nil {
					t.Fatal(err)
				}
			case 1:
				get = sign(t, p, protocol.TapGet{Nonce: nonce, Scramble: code, Settlement: p.Server.Subject, Terminal: p.shop.Certificate})
				answer = send(protocol.TapInsGet, get.Bytes(), with)
			case 2:
				if get == nil {
					continue
				}
				pay := sign(t, p, protocol.TapPay{
					Answer: protocol.AnswerHash(get.Hash(), answer), Amount: 7_800, Currency: 156, Scramble: code, Issued: protocol.At(p.Now()), Life: 60,
				})
				if send(protocol.TapInsPay, pay.Bytes(), with) != nil {
					if paid {
						t.Fatal("paid twice")
					}
					paid, balance = true, balance-7_800
				}
			case 3:
				send(protocol.TapInsRecover, sign(t, p, protocol.TapRecover{Nonce: nonce, Scramble: code, Terminal: p.shop.Certificate}).Bytes(), with)
			case 4:
				p.application.Reset(ctx)
			case 5:
				got := p.application.Handle(ctx, with)
				if len(got) < 2 || len(got) > iso7816.MaxResponseBytes {
					t.Fatalf("answered % x", got)
				}
			}
			if v := p.View(); v.Balance != balance {
				t.Fatalf("balance %d, want %d", v.Balance, balance)
			}
		}
		if _, err := p.shop.Pay(ctx, p.radio, protocol.NewCode(), 100); err != nil {
			t.Fatal(err)
		}
	})
}

func sign[P protocol.Payload](t *testing.T, p *phone, payload P) *protocol.Signed[P] {
	t.Helper()
	signed, err := protocol.Sign(p.shop.Key, payload)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// BenchmarkTap is the wallet's own time for a tap, with software keys and a file on
// this machine's disk: what of the whole lies behind the radio.
func BenchmarkTap(b *testing.B) {
	p := newPhone(b, 200_000, func(o *purse.Options) { o.MaxUnconfirmed = 1 << 30; o.MaxUnconfirmedSum = 1 << 40; o.MaxKept = 1 << 30 })
	for b.Loop() {
		if _, err := p.shop.Pay(b.Context(), p.radio, protocol.NewCode(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
