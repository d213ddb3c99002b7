package protocol_test

import (
	"countersign/protocol"
)

// judgeMoney judges settlement's answers to what is not a sale.
func (b bench) judgeMoney(v vector, trust protocol.Trust) error {
	b.t.Helper()
	g := v.Given
	settlement := parsed[protocol.Certificate](b.t, g.Certificate)
	switch v.Do {
	case "verify refund outcome":
		_, err := protocol.VerifyRefundOutcome(parsed[protocol.RefundOutcome](b.t, g.Bytes), settlement,
			parsed[protocol.Refund](b.t, g.Request).Unverified(), trust, g.Now)
		return err
	case "verify totals":
		_, err := protocol.VerifyDayTotals(parsed[protocol.DayTotals](b.t, g.Bytes), settlement,
			g.Terminal, parsed[protocol.TotalsQuery](b.t, g.Request).Unverified(), trust, g.Now)
		return err
	case "verify anchor receipt":
		_, err := protocol.VerifyAnchorReceipt(parsed[protocol.AnchorReceipt](b.t, g.Bytes), settlement,
			g.Terminal, parsed[protocol.JournalAnchor](b.t, g.Request).Unverified(), trust, g.Now)
		return err
	}
	b.t.Fatalf("do not know how to %q", v.Do)
	return nil
}
