package protocol_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// zReport is the second of its terminal: three sales and a refund, one sale unknown, two
// yuan missing in the drawer.
func (s scene) zReport() protocol.ZReport {
	counted := protocol.Sum(21800)
	now := protocol.At(s.now())
	return protocol.ZReport{
		Number: 2, Terminal: s.Terminal.Subject,
		Shift:    protocol.ZShift{Number: 12, Opened: now - 3600, Closed: now, OpenedBy: "B-02", ClosedBy: "A-01"},
		Records:  protocol.ZRecords{First: 4001, Last: 4711, Head: sha256.Sum256([]byte("journal"))},
		Previous: sha256.Sum256([]byte("Z 1")), Currency: s.Currency,
		Scan: protocol.ZRail{Count: 1, Sum: 7800, Tips: 300, Refunds: 1, Refunded: 100}, Tap: protocol.ZRail{Count: 1, Sum: 250}, Cash: protocol.ZRail{Count: 1, Sum: 2000},
		Taxes:    []protocol.ZTax{{Rate: 0, Net: 50}, {Rate: 1300, Net: 1770, Tax: 230}},
		Refusals: []protocol.ZRefusal{{Reason: "", Count: 2}, {Reason: "funds", Count: 1}},
		Drawer:   protocol.ZDrawer{Float: 20000, In: 500, Out: 500, Counted: &counted, Opened: 1},
		Open:     []protocol.ZOpen{{Number: 77, Amount: 990, Since: now - 60}},
		Differences: []string{
			"settlement could not be asked",
		},
		Grand: protocol.ZGrand{Sales: 110050, Refunded: 100}, Made: now + 1,
	}
}

func TestRangesOfZReports(t *testing.T) {
	s := newScene(t)
	type P = protocol.ZReport
	minus := protocol.Sum(-1)
	ranged(t, s.zReport, map[string]func(p *P){
		"number 0": func(p *P) { p.Number = 0 }, "number too large": func(p *P) { p.Number = 1<<53 + 1 }, "no terminal": func(p *P) { p.Terminal = "" },
		"shift 0": func(p *P) { p.Shift.Number = 0 }, "opened after all time": func(p *P) { p.Shift.Opened = afterAllTime }, "closed after all time": func(p *P) { p.Shift.Closed = afterAllTime },
		"nobody opened": func(p *P) { p.Shift.OpenedBy = "" }, "nobody closed": func(p *P) { p.Shift.ClosedBy = "" },
		"the first, and one before it":  func(p *P) { p.Number = 1 },
		"the first, of later records":   func(p *P) { p.Number, p.Previous = 1, protocol.Hash{} },
		"the second, and none before":   func(p *P) { p.Previous = protocol.Hash{} },
		"the second, of record 1":       func(p *P) { p.Records.First = 1 },
		"the first, with another total": func(p *P) { p.Number, p.Previous, p.Records.First = 1, protocol.Hash{}, 1 },
		"record 0":                      func(p *P) { p.Records.First = 0 }, "records backwards": func(p *P) { p.Records.Last = p.Records.First - 1 }, "no head": func(p *P) { p.Records.Head = protocol.Hash{} },
		"currency 1000": func(p *P) { p.Currency = 1000 }, "sum of no sale": func(p *P) { p.Scan.Count = 0 }, "more sales than money": func(p *P) { p.Tap.Count = 251 },
		"refund of no money": func(p *P) { p.Cash.Refunds = 1 }, "sum negative": func(p *P) { p.Cash.Sum = -1 }, "tips negative": func(p *P) { p.Scan.Tips = -1 }, "more tips than sales": func(p *P) { p.Tap.Tips = 251 },
		"no list of taxes": func(p *P) { p.Taxes = nil }, "a rate above 100 %": func(p *P) { p.Taxes[1].Rate = 10001 }, "rates in another order": func(p *P) { slices.Reverse(p.Taxes) },
		"a rate twice": func(p *P) { p.Taxes[0].Rate = 1300 }, "net negative": func(p *P) { p.Taxes[0].Net = -1 }, "tax negative": func(p *P) { p.Taxes[0].Tax = -1 },
		"no list of refusals": func(p *P) { p.Refusals = nil }, "a refusal that never was": func(p *P) { p.Refusals[0].Count = 0 }, "reasons in another order": func(p *P) { slices.Reverse(p.Refusals) },
		"a long reason": func(p *P) { p.Refusals[1].Reason = strings.Repeat("x", 33) }, "a reason that is no text": func(p *P) { p.Refusals[1].Reason = "\xff" },
		"float negative": func(p *P) { p.Drawer.Float = -1 }, "in negative": func(p *P) { p.Drawer.In = -1 }, "out negative": func(p *P) { p.Drawer.Out = -1 }, "counted negative": func(p *P) { p.Drawer.Counted = &minus },
		"no list of open sales": func(p *P) { p.Open = nil }, "open sale 0": func(p *P) { p.Open[0].Number = 0 }, "open sale twice": func(p *P) { p.Open = append(p.Open, p.Open[0]) },
		"open amount 0": func(p *P) { p.Open[0].Amount = 0 }, "open after all time": func(p *P) { p.Open[0].Since = afterAllTime },
		"no list of differences": func(p *P) { p.Differences = nil }, "an empty difference": func(p *P) { p.Differences[0] = "" }, "a long difference": func(p *P) { p.Differences[0] = strings.Repeat("x", 241) },
		"too many differences":  func(p *P) { p.Differences = slices.Repeat([]string{"x"}, 65) },
		"grand total too small": func(p *P) { p.Grand.Sales = 10049 }, "grand refunds too small": func(p *P) { p.Grand.Refunded = 99 }, "grand total too large": func(p *P) { p.Grand.Sales = 1<<53 + 1 },
		"made after all time": func(p *P) { p.Made = afterAllTime },
	})
	ranged(t, func() P { z := s.zReport(); z.Drawer.Counted = nil; return z }, nil)
	if z := s.zReport(); z.Sold() != 10050 || z.Refunded() != 100 || z.Expected() != 22000 {
		t.Errorf("have %d, %d, %d", z.Sold(), z.Refunded(), z.Expected())
	}
}

// A Z follows the one before, or it is refused.
func TestZReportsFollow(t *testing.T) {
	s := newScene(t)
	first := s.zReport()
	first.Number, first.Records.First, first.Previous, first.Grand = 1, 1, protocol.Hash{}, protocol.ZGrand{Sales: first.Sold(), Refunded: first.Refunded()}
	before := protocoltest.Sign(t, s.Terminal.Key, first)
	if _, err := protocol.VerifyZReport(before, s.Terminal.Public(t), nil); err != nil {
		t.Fatalf("the first: %v", err)
	}
	for name, c := range map[string]struct {
		change func(z *protocol.ZReport)
		want   error
	}{
		"follows":                             {func(*protocol.ZReport) {}, nil},
		"a number left out":                   {func(z *protocol.ZReport) { z.Number++ }, protocol.ErrOtherRequest},
		"after another":                       {func(z *protocol.ZReport) { z.Previous[0]++ }, protocol.ErrOtherRequest},
		"records left out":                    {func(z *protocol.ZReport) { z.Records.First++ }, protocol.ErrOtherRequest},
		"records twice":                       {func(z *protocol.ZReport) { z.Records.First-- }, protocol.ErrOtherRequest},
		"a grand total too big":               {func(z *protocol.ZReport) { z.Grand.Sales++ }, protocol.ErrOtherRequest},
		"refunds forgotten":                   {func(z *protocol.ZReport) { z.Grand.Refunded-- }, protocol.ErrOtherRequest},
		"another terminal's":                  {func(z *protocol.ZReport) { z.Terminal = "T-0002" }, protocol.ErrOtherRequest},
		"another currency, its total goes on": {func(z *protocol.ZReport) { z.Currency = 978 }, protocol.ErrOtherRequest},
		"another currency": {func(z *protocol.ZReport) {
			z.Currency, z.Grand = 978, protocol.ZGrand{Sales: z.Sold(), Refunded: z.Refunded()}
		}, nil},
	} {
		z := s.zReport()
		z.Previous, z.Records.First, z.Records.Last = before.Hash(), first.Records.Last+1, first.Records.Last+9
		z.Grand = protocol.ZGrand{Sales: 2 * z.Sold(), Refunded: 2 * z.Refunded()}
		c.change(&z)
		if _, err := protocol.VerifyZReport(protocoltest.Sign(t, s.Terminal.Key, z), s.Terminal.Public(t), before); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := protocol.VerifyZReport(before, s.Settlement.Public(t), nil); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("under another key: %v", err)
	}
	if _, err := protocol.VerifyZReport(before, s.Terminal.Public(t), before); !errors.Is(err, protocol.ErrOtherRequest) {
		t.Errorf("twice: %v", err)
	}
}

func zReportVectors(p *press) {
	s := p.s
	signedKind(p, "A terminal's totals of a shift.", "cs1/z-report", "T-0001", s.Terminal.Key, s.zReport())
	raw := protocoltest.Sign(p.t, s.Terminal.Key, s.zReport()).Bytes()
	uncounted := s.zReport()
	uncounted.Drawer.Counted = nil
	p.valid("nobody has counted", protocoltest.Sign(p.t, s.Terminal.Key, uncounted).Bytes())
	first := s.zReport()
	first.Number, first.Records.First, first.Previous = 1, 1, protocol.Hash{}
	first.Scan, first.Tap, first.Cash = protocol.ZRail{}, protocol.ZRail{}, protocol.ZRail{}
	first.Taxes, first.Refusals, first.Open, first.Differences, first.Grand = []protocol.ZTax{}, []protocol.ZRefusal{}, []protocol.ZOpen{}, []string{}, protocol.ZGrand{}
	p.valid("the first, of a shift without a sale", protocoltest.Sign(p.t, s.Terminal.Key, first).Bytes())
	p.invalid("number 0", p.edited(raw, 1, 0), "ErrRange", false)
	p.invalid("the first, and one before it", p.edited(raw, 1, 1), "ErrRange", true)
	p.invalid("nobody closed", p.edited(raw, 3, []any{12, 1, 2, "B-02", ""}), "ErrRange", false)
	p.invalid("records backwards", p.edited(raw, 4, []any{4001, 4000, make([]byte, 32)}), "ErrRange", true)
	p.invalid("hash too short", p.edited(raw, 5, make([]byte, 31)), "ErrMalformed", false)
	p.invalid("money of no sale", p.edited(raw, 8, []any{0, 250, 0, 0, 0}), "ErrRange", true)
	p.invalid("a rate above 100 %", p.edited(raw, 10, []any{[]any{10001, 1, 1}}), "ErrRange", false)
	p.invalid("taxes null", p.edited(raw, 10, nil), "ErrRange", false)
	p.invalid("reasons in another order", p.edited(raw, 11, []any{[]any{"funds", 1}, []any{"", 2}}), "ErrRange", true)
	p.invalid("open amount 0", p.edited(raw, 13, []any{[]any{77, false, 0, 1}}), "ErrRange", false)
	p.invalid("an empty difference", p.edited(raw, 14, []any{""}), "ErrRange", false)
	p.invalid("a grand total below its own", p.edited(raw, 15, []any{10049, 100}), "ErrRange", true)
	p.invalid("after all time", p.edited(raw, 16, afterAllTime), "ErrRange", false)
}
