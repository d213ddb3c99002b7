package cardapplication_test

import (
	"errors"
	"fmt"
	"testing"

	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
)

// A tap is torn before and behind every APDU: at the next tap the terminal learns
// whether it was deducted, the purse's balance says the same, and asking again says it
// again.
func TestTornAtEveryPoint(t *testing.T) {
	whole := newPhone(t, 50_000, nil)
	if _, err := whole.shop.Pay(t.Context(), whole.radio, protocol.NewCode(), 7_800); err != nil {
		t.Fatal(err)
	}
	deducted := 0
	for cut := 1; cut <= whole.stats.APDUs; cut++ {
		for _, swallowed := range []bool{true, false} {
			t.Run(fmt.Sprintf("APDU %d/swallowed %t", cut, swallowed), func(t *testing.T) {
				p := newPhone(t, 50_000, nil)
				p.cut, p.swallow = cut, swallowed
				torn, err := p.shop.Pay(t.Context(), p.radio, protocol.NewCode(), 7_800)
				if !errors.Is(err, errLost) {
					t.Fatal(err)
				}
				p.cut = 0
				p.application.Reset(t.Context())
				if torn.Pay == nil { // the terminal knows that nothing can have been deducted
					if v := p.View(); v.Balance != 50_000 || v.Kept != 0 {
						t.Errorf("%+v", v)
					}
					return
				}
				status := p.recovered(t, torn)
				if again := p.recovered(t, torn); again != status {
					t.Errorf("%v, then %v", status, again)
				}
				want := protocol.Sum(50_000)
				if status == protocol.TapDeducted {
					want -= 7_800
					deducted++
				}
				if v := p.View(); v.Balance != want {
					t.Errorf("%v and balance %d", status, v.Balance)
				}
				// Another sale goes on as ever, the same code never.
				if _, err := p.shop.Pay(t.Context(), p.radio, torn.Code, 7_800); pursetest.SW(err) != 0x6985 {
					t.Errorf("same code: %v", err)
				}
				if _, err := p.shop.Pay(t.Context(), p.radio, protocol.NewCode(), 100); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if deducted != 1 { // only the answer to the very last APDU, which is PAY's
		t.Errorf("deducted in %d of the cases", deducted)
	}
}

func (p *phone) recovered(t *testing.T, torn *pursetest.Tap) protocol.TapStatus {
	t.Helper()
	result, err := p.shop.Recover(t.Context(), p.radio, torn)
	if err != nil {
		t.Fatal(err)
	}
	return result.Unverified().Status
}
