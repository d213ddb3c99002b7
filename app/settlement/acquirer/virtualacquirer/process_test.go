package virtualacquirer

import (
	"testing"

	"countersign/app/settlement/acquirer"
)

// Whatever message comes, the books stay sound: no card is charged below zero
// or given more than it had.
func FuzzProcess(f *testing.F) {
	const card = "6212345678901234"
	seed := func(mti, processing, original, private string) []byte {
		m := acquirer.Message{Type: mti, Fields: map[acquirer.Field]string{
			acquirer.FieldPAN: card, acquirer.FieldProcessing: processing, acquirer.FieldAmount: "000000000100", acquirer.FieldCurrency: "156",
			acquirer.FieldSTAN: "000001", acquirer.FieldTransmitted: "1122033015", acquirer.FieldRRN: "000000000001", acquirer.FieldTerminal: "CS000001",
		}}
		if original != "" {
			m.Fields[acquirer.FieldOriginalData] = original
		}
		if private != "" {
			m.Fields[acquirer.FieldPrivate] = private
		}
		raw, err := m.Encode()
		if err != nil {
			f.Fatal(err)
		}
		return raw
	}
	bought := seed("0200", acquirer.ProcessingPurchase, "", "")
	named := "0200" + "000001" + "1122033015" + "00000000001" + "00000000000"
	f.Add(bought, seed("0420", acquirer.ProcessingPurchase, named, ""), false)
	f.Add(bought, seed("0201", acquirer.ProcessingRefund, named, "0312000000000001"), true)
	f.Add(seed("0100", acquirer.ProcessingPurchase, "", ""), bought, true)
	f.Fuzz(func(t *testing.T, first, second []byte, again bool) {
		s := newServer()
		s.Issue(Card{Number: card, Currency: 156, Balance: 150})
		for _, raw := range [][]byte{first, second, first, second} {
			m, err := acquirer.Decode(raw)
			if err != nil || len(m.Type) != 4 {
				continue
			}
			if a, answered := s.process(m); answered {
				if _, err := a.Encode(); err != nil && m.Type[2] != '9' {
					t.Errorf("%s is answered by what cannot be sent: %v", m, err)
				}
			}
			b := s.Books()
			if held := b.Cards[0].Balance; held < 0 || held > 150 || b.Net(card) < 0 || b.Net(card) > 150-held {
				t.Fatalf("after %s the card holds %d and was charged %d", m, held, b.Net(card))
			}
			if !again {
				continue
			}
			s.process(m)
		}
	})
}
