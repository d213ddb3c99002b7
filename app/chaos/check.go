package main

import (
	"fmt"
	"slices"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
)

// The invariants, as they are named when one is broken.
const (
	invariantOpens    = "every process starts again on its store after a crash"
	invariantProof    = "the ledger's own proof holds"
	invariantJournals = "the journals verify"
	invariantKnown    = "nothing is unknown after the settling time"
	invariantFinal    = "each sale is in exactly one final state on both sides"
	invariantOnce     = "each approved sale and refund moved its amount exactly once"
	invariantSums     = "the sums agree to the cent"
)

var invariants = []string{invariantProof, invariantJournals, invariantKnown, invariantFinal, invariantOnce, invariantSums}

// findings are the breaches of invariants, by name.
type findings map[string][]string

const mostFindings = 10

func (f findings) add(invariant, format string, args ...any) {
	if len(f[invariant]) < mostFindings {
		f[invariant] = append(f[invariant], fmt.Sprintf(format, args...))
	} else if len(f[invariant]) == mostFindings {
		f[invariant] = append(f[invariant], "and more")
	}
}

// outcome is what the comparison counted.
type outcome struct {
	Sales    int
	Endings  map[string]int
	Refunds  int
	Paid     int64 // minor units
	findings findings
}

// key names a sale on both sides.
type key struct{ terminal, scramble string }

// compare holds the terminals' journals against settlement's books and the
// acquirer's.
func compare(b victim.Books, cards victim.Charges, openCards int, accounts []victim.Account) outcome {
	o := outcome{Endings: map[string]int{}, findings: findings{}}
	f := o.findings
	if !b.Holds {
		f.add(invariantProof, "%s", b.Proof)
	}
	if openCards > 0 {
		f.add(invariantKnown, "%d card payments without an answer", openCards)
	}
	kept := map[key]victim.Kept{}
	var charged int64 // to cards
	for _, s := range b.Sales {
		kept[key{s.Terminal, s.Scramble}] = s
	}
	for _, a := range accounts {
		if a.Broken != "" {
			f.add(invariantJournals, "%s: %s", a.Terminal, a.Broken)
		}
		if a.OpenRefunds > 0 {
			f.add(invariantKnown, "%s: %d refunds without an answer", a.Terminal, a.OpenRefunds)
		}
		takings := int64(0)
		for _, r := range a.Sales {
			o.Sales++
			ending := r.Ending
			if ending == "" {
				ending = "ended by a crash before it was paid"
			}
			if r.Reason != "" {
				ending += ": " + r.Reason
			}
			o.Endings[ending]++
			k := key{a.Terminal, r.Scramble}
			s, known := kept[k]
			delete(kept, k)
			o.sale(a.Terminal, r, s, known)
			if r.Ending == "paid" {
				takings += r.Amount - r.Refunded
			}
			o.Refunds += r.Refunds
		}
		o.Paid += takings
		if net, card := cards.Net["M"+a.Terminal[1:]]; card {
			charged += net
			if net != takings {
				f.add(invariantSums, "%s took %d, the acquirer has charged %d for it", a.Terminal, takings, net)
			}
		}
		if at := b.Merchant["M"+a.Terminal[1:]]; at != takings {
			f.add(invariantSums, "%s took %d, settlement has %d for it", a.Terminal, takings, at)
		}
	}
	for k, s := range kept {
		f.add(invariantFinal, "%s/%s is kept by settlement (%q, %d moved), and no journal knows it", k.terminal, k.scramble[:8], s.Result, s.Moved)
	}
	if left := int64(virtualrealm.Funds)*int64(len(accounts)-len(cards.Net)) - b.Payers; left+charged != o.Paid {
		f.add(invariantSums, "the customers paid %d and %d by cards, the terminals took %d", left, charged, o.Paid)
	}
	if b.Owed != charged {
		f.add(invariantSums, "settlement has %d owed by the acquirer, which charged %d", b.Owed, charged)
	}
	return o
}

// sale compares one sale.
func (o *outcome) sale(terminal string, r victim.Sold, s victim.Kept, known bool) {
	f := o.findings
	name := fmt.Sprintf("%s sale %d (%s %q, settlement %q)", terminal, r.Number, r.Last, r.Ending, s.Result)
	if !r.Over {
		f.add(invariantKnown, "%s", name)
		return
	}
	if known && s.Result == "" {
		f.add(invariantFinal, "%s: not ended at settlement", name)
	}
	if known && s.Request != r.Request {
		f.add(invariantFinal, "%s: settlement has another request", name)
	}
	switch {
	case r.Ending == "paid":
		if !known || s.Result != "paid" || s.Reference != r.Reference || !s.Acknowledged {
			f.add(invariantFinal, "%s: known %v, numbers %d and %d, acknowledged %v", name, known, r.Reference, s.Reference, s.Acknowledged)
		}
		if s.Payments != 1 || s.Reversals != 0 || s.Refunds != r.Refunds || s.Moved != r.Amount-r.Refunded {
			f.add(invariantOnce, "%s: %d payments, %d reversals, %d refunds where the journal has %d, %d moved of %d less %d",
				name, s.Payments, s.Reversals, s.Refunds, r.Refunds, s.Moved, r.Amount, r.Refunded)
		}
	case known && (s.Result == "paid" || s.Moved != 0):
		f.add(invariantFinal, "%s: settlement moved %d", name, s.Moved)
	case known && !r.Told:
		f.add(invariantFinal, "%s: settlement knows of it, and the terminal never sent it", name)
	}
}

// broken lists the invariants that do not hold, in order.
func (f findings) broken() []string {
	var list []string
	for _, name := range invariants {
		if len(f[name]) > 0 {
			list = append(list, name)
		}
	}
	return slices.Clip(list)
}
