package report

import (
	"testing"

	"countersign/app/terminal/sale"
)

// BenchmarkX is the report of a shift of 1,000 sales by scan, each of five entries.
func BenchmarkX(b *testing.B) {
	s := newShop(b).open()
	defer s.close()
	s.shift(0)
	for range 1000 {
		n := s.journal.NextNumber()
		for _, event := range []sale.Event{sale.EventKeyed, sale.EventRequest, sale.EventPayment, sale.EventSubmission, sale.EventOutcome} {
			e := sale.Entry{Sale: n, Event: event, Amount: 7800, Items: []sale.Item{{Text: "tea", Quantity: 3, Each: 2600, Tax: 1300}}, Outcome: make([]byte, 180)}
			if event == sale.EventOutcome {
				e.Ending = sale.Paid
			}
			s.add(e)
		}
	}
	for b.Loop() {
		if x := s.x(); x.Taken() != 7_800_000 {
			b.Fatal(x.Taken())
		}
	}
}
