package main

import (
	"testing"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/sale"
)

// A receipt is printed once, when the sale is paid in front of the customer.
func TestPaidOver(t *testing.T) {
	sending := sale.View{Stage: sale.Sending, Number: 7}
	paid := sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid}
	for name, c := range map[string]struct {
		before, now sale.View
		want        bool
	}{
		"paid":           {sending, paid, true},
		"shown on":       {paid, paid, false},
		"dismissed":      {paid, sale.View{Stage: sale.Idle}, false},
		"known at last":  {sale.View{Stage: sale.Unknown, Number: 7}, paid, true},
		"the next, paid": {paid, sale.View{Stage: sale.Ended, Number: 8, Ending: sale.Paid}, true},
		"refused":        {sending, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Refused}, false},
		"unknown":        {sending, sale.View{Stage: sale.Unknown, Number: 7}, false},
		"for cash":       {sale.View{Stage: sale.Preparing, Number: 7}, sale.View{Stage: sale.Ended, Number: 7, Ending: sale.Paid, Cash: &sale.CashOf{}}, false},
	} {
		if have := paidOver(c.before, c.now); have != c.want {
			t.Errorf("%s: %v", name, have)
		}
	}
}

// What the journal says was printed is printed again after a restart, too.
func TestPrintedBefore(t *testing.T) {
	steps := []logbook.Step{{Event: sale.EventKeyed}, {Event: sale.EventOutcome}}
	if printedBefore(nil) || printedBefore(steps) {
		t.Error("nothing was printed")
	}
	for _, e := range []sale.Event{sale.EventPrinted, sale.EventReprinted} {
		if !printedBefore(append(steps[:2:2], logbook.Step{Event: e})) {
			t.Errorf("%s is no print", e)
		}
	}
}
