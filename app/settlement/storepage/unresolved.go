package storepage

import (
	"cmp"
	"slices"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// mostUnresolved is how many sales of each kind are looked up.
const mostUnresolved = 50

// settleWithin is how long a sale may be under way before anybody is bothered.
const settleWithin = time.Minute

// unresolved is a sale that somebody is still waiting for.
type unresolved struct {
	kind      string // its phrase: "card-unknown"
	terminal  protocol.ID
	amount    protocol.Amount
	reference uint64 // settlement's number, 0 for none
	since     protocol.Time
}

// Kinds of unresolved sales, the worst first.
const (
	kindReversal       = "reversal"       // a card sale that is being taken back
	kindUnknown        = "unknown"        // a card sale that the acquirer has not answered
	kindUnacknowledged = "unacknowledged" // paid, and its terminal may not know
	kindRefund         = "refund"         // a card's refund that the acquirer has not answered
	kindUncredited     = "uncredited"     // a tap that its wallet reports and no terminal hands in
)

// kindsOfUnresolved is read only.
var kindsOfUnresolved = [...]string{kindReversal, kindUnknown, kindUnacknowledged, kindRefund, kindUncredited}

// findUnresolved returns the unresolved sales by kind, then oldest first.
func (s *Server) findUnresolved(r ledger.Snapshot, merchant ledger.Account, now time.Time) (list []unresolved, more bool, err error) {
	before := protocol.At(now.Add(-settleWithin))
	counts := map[string]int{}
	add := func(u unresolved) {
		if u.since > before {
			return
		}
		if counts[u.kind]++; counts[u.kind] > mostUnresolved {
			more = true
			return
		}
		list = append(list, u)
	}
	err = r.EachOpenAuthorisation(func(k ledger.AuthorisationKey, a ledger.Authorisation) error {
		if a.Merchant != merchant.ID {
			return nil
		}
		kind := kindUnknown
		switch {
		case k.Refund:
			kind = kindRefund
		case a.State == ledger.AuthorisationReversing:
			kind = kindReversal
		}
		add(unresolved{kind: kind, terminal: k.Terminal, amount: a.Amount, reference: a.Retrieval, since: a.Sent})
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	sales, others, err := s.o.Takings.Unacknowledged(r, merchant.ID, before, mostUnresolved)
	if err != nil {
		return nil, false, err
	}
	more = more || others
	for _, sale := range sales {
		add(unresolved{kind: kindUnacknowledged, terminal: sale.Key.Terminal, amount: sale.Amount, reference: sale.Reference, since: sale.At})
	}
	err = r.EachReport(func(_ ledger.ReportKey, report ledger.Report) error {
		if report.Closed != 0 {
			return nil
		}
		signed, err := protocol.Parse[protocol.TapResult](report.Result)
		if err != nil {
			return nil // the proof says so
		}
		result := signed.Unverified()
		if merchant.Credits(result.Terminal) && merchant.Currency == result.Currency {
			add(unresolved{kind: kindUncredited, terminal: result.Terminal, amount: result.Amount, since: report.At})
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b unresolved) int {
		return cmp.Or(slices.Index(kindsOfUnresolved[:], a.kind)-slices.Index(kindsOfUnresolved[:], b.kind), cmp.Compare(a.since, b.since))
	})
	return list, more, err
}
