package receipt

import (
	"errors"
	"strings"
	"testing"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func signedOutcome(t testing.TB) []byte {
	t.Helper()
	s := protocoltest.NewSale(t, 120, false)
	request := s.Request(t)
	return s.Outcome(t, request, s.Payment(t, request, nil), 1, protocol.ResultPaid).Bytes()
}

// What a phone scans is the very outcome that settlement has signed, and only of a sale that has one.
func TestCode(t *testing.T) {
	outcome := signedOutcome(t)
	paid := plainSale(7800, 156)
	paid.Outcome = outcome
	text := Code(paid)
	read, err := Read(text)
	if err != nil || string(read.Bytes()) != string(outcome) {
		t.Errorf("code %q reads as %v, %v", text, read, err)
	}
	for name, change := range map[string]func(*sale.Entry){
		"training":   func(e *sale.Entry) { e.Training = true },
		"refund":     func(e *sale.Entry) { e.Refund = &sale.RefundOf{} },
		"tap":        func(e *sale.Entry) { e.Tap = &sale.TapOf{} },
		"no outcome": func(e *sale.Entry) { e.Outcome = nil },
		"damaged":    func(e *sale.Entry) { e.Outcome = outcome[1:] },
	} {
		e := paid
		if change(&e); Code(e) != "" {
			t.Errorf("%s: there is a code", name)
		}
	}
	if _, err := Read("CS1P:" + strings.TrimPrefix(text, "CS1T:")); !errors.Is(err, protocol.ErrNotOurs) {
		t.Errorf("a payment's code: %v", err)
	}
	if _, err := Read(text[:len(text)-3]); !errors.Is(err, protocol.ErrMalformed) {
		t.Errorf("half a code: %v", err)
	}
}

// Whatever is scanned is refused, or the very text that its outcome is written as.
func FuzzRead(f *testing.F) {
	e := plainSale(7800, 156)
	e.Outcome = signedOutcome(f)
	f.Add(Code(e))
	f.Add("CS1T:")
	f.Add("CS1T:BB8")
	f.Add("CS1R:BB8")
	f.Fuzz(func(t *testing.T, text string) {
		outcome, err := Read(text)
		if err != nil {
			return
		}
		if again := protocol.OutcomeText(outcome); again != text {
			t.Errorf("%q was read and is written as %q", text, again)
		}
	})
}
