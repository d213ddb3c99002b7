package sale

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
)

func TestBillCheck(t *testing.T) {
	item := func(quantity int64, each protocol.Amount, tax int32) Item { return Item{"tea", quantity, each, tax} }
	for name, c := range map[string]struct {
		bill Bill
		want error
	}{
		"amount alone":         {Bill{Amount: 1}, nil},
		"amount and tip":       {Bill{Amount: 1100, Tip: 100}, nil},
		"all tip":              {Bill{Amount: 100, Tip: 100}, nil},
		"items":                {Bill{Amount: 700, Items: []Item{item(2, 300, 1900), item(1, 100, 700)}}, nil},
		"items and tip":        {Bill{Amount: 750, Tip: 50, Items: []Item{item(2, 350, 0)}}, nil},
		"given away":           {Bill{Amount: 5, Items: []Item{item(1, 5, 0), item(9, 0, 0)}}, nil},
		"the most":             {Bill{Amount: protocol.MaxMinor, Items: []Item{item(1, protocol.MaxMinor, MaxTax)}}, nil},
		"nothing":              {Bill{}, protocol.ErrRange},
		"less than nothing":    {Bill{Amount: -1}, protocol.ErrRange},
		"too much":             {Bill{Amount: protocol.MaxMinor + 1}, protocol.ErrRange},
		"tip below nothing":    {Bill{Amount: 1, Tip: -1}, protocol.ErrRange},
		"tip above the amount": {Bill{Amount: 1, Tip: 2}, protocol.ErrRange},
		"one less":             {Bill{Amount: 699, Items: []Item{item(2, 350, 0)}}, ErrBill},
		"one more":             {Bill{Amount: 701, Items: []Item{item(2, 350, 0)}}, ErrBill},
		"tip forgotten":        {Bill{Amount: 700, Tip: 1, Items: []Item{item(2, 350, 0)}}, ErrBill},
		"no quantity":          {Bill{Amount: 1, Items: []Item{item(0, 1, 0)}}, ErrBill},
		"quantity beyond":      {Bill{Amount: MaxQuantity + 1, Items: []Item{item(MaxQuantity+1, 1, 0)}}, ErrBill},
		"a discount":           {Bill{Amount: 1, Items: []Item{item(1, 2, 0), item(1, -1, 0)}}, ErrBill},
		"dear":                 {Bill{Amount: 1, Items: []Item{item(MaxQuantity, protocol.MaxMinor, 0)}}, ErrBill},
		"wraps around":         {Bill{Amount: 1, Items: slices.Repeat([]Item{item(MaxQuantity, math.MaxInt64, 0)}, 3)}, ErrBill},
		"tax below nothing":    {Bill{Amount: 1, Items: []Item{item(1, 1, -1)}}, ErrBill},
		"tax beyond":           {Bill{Amount: 1, Items: []Item{item(1, 1, MaxTax+1)}}, ErrBill},
		"no text":              {Bill{Amount: 1, Items: []Item{{"", 1, 1, 0}}}, ErrBill},
		"long text":            {Bill{Amount: 1, Items: []Item{{strings.Repeat("x", MaxItemText+1), 1, 1, 0}}}, ErrBill},
		"two lines of text":    {Bill{Amount: 1, Items: []Item{{"a\nb", 1, 1, 0}}}, ErrBill},
		"an escape":            {Bill{Amount: 1, Items: []Item{{"\x1bp0", 1, 1, 0}}}, ErrBill},
		"no text at all":       {Bill{Amount: 1, Items: []Item{{"\xff", 1, 1, 0}}}, ErrBill},
		"too many":             {Bill{Amount: MaxItems + 1, Items: slices.Repeat([]Item{item(1, 1, 0)}, MaxItems+1)}, ErrBill},
	} {
		if err := c.bill.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// The rule: on what a rate's items cost together, halves up, and the rest is net.
func TestBillTax(t *testing.T) {
	item := func(quantity int64, each protocol.Amount, tax int32) Item { return Item{"tea", quantity, each, tax} }
	for name, c := range map[string]struct {
		items []Item
		want  []TaxLine
	}{
		"none":                          {nil, nil},
		"19 of 119":                     {[]Item{item(1, 11900, 1900)}, []TaxLine{{1900, 10000, 1900}}},
		"7 of 9.99":                     {[]Item{item(1, 999, 700)}, []TaxLine{{700, 934, 65}}},        // 65.35
		"half up":                       {[]Item{item(1, 1, MaxTax)}, []TaxLine{{MaxTax, 0, 1}}},       // 0.5
		"just below half":               {[]Item{item(1, 1, MaxTax-1)}, []TaxLine{{MaxTax - 1, 1, 0}}}, // 0.49997
		"together, not each":            {[]Item{item(3, 3, 1900)}, []TaxLine{{1900, 8, 1}}},           // 1.44; each would be 0.48, which is 0
		"two items of a rate":           {[]Item{item(1, 3, 1900), item(2, 3, 1900)}, []TaxLine{{1900, 8, 1}}},
		"by rate":                       {[]Item{item(1, 119, 1900), item(1, 107, 700), item(1, 50, 0)}, []TaxLine{{0, 50, 0}, {700, 100, 7}, {1900, 100, 19}}},
		"the most, to the last unit":    {[]Item{item(1, protocol.MaxMinor, 1900)}, []TaxLine{{1900, 8403361344, 1596638655}}}, // …654.96
		"the most at the greatest rate": {[]Item{item(1, protocol.MaxMinor, MaxTax)}, []TaxLine{{MaxTax, 4999999999, 5000000000}}},
	} {
		if have := (Bill{Items: c.items}).Tax(); !slices.Equal(have, c.want) {
			t.Errorf("%s: have %v, want %v", name, have, c.want)
		}
	}
	for price := protocol.Amount(0); price < 3000; price++ {
		for _, rate := range []int32{0, 1, 250, 700, 1300, 1900, 2500, MaxTax} {
			l := taxIn(price, rate)
			if l.Net+l.Tax != price || 2*(l.Tax*protocol.Amount(10_000+rate)-price*protocol.Amount(rate)) > protocol.Amount(10_000+rate) ||
				2*(price*protocol.Amount(rate)-l.Tax*protocol.Amount(10_000+rate)) >= protocol.Amount(10_000+rate) {
				t.Fatalf("%d at %d: %+v", price, rate, l)
			}
		}
	}
}

// A bill is in every entry of its sale, and on the screen; what the caller does with its
// own items later changes nothing.
func TestBillIsKept(t *testing.T) {
	inBubble(t, func(s *shop) {
		items := []Item{{"Longjing", 2, s.sale.Amount / 2, 1300}, {"paper bag", 1, s.sale.Amount % 2, 0}}
		tip := protocol.Amount(0)
		bill := Bill{Amount: s.sale.Amount, Tip: tip, Items: items}
		tax := bill.Tax()
		if err := s.till.BeginBill(bill); err != nil {
			t.Fatal(err)
		}
		items[0].Text = "something else"
		s.pay(nil)
		s.touch()
		v := s.want(Ended, Paid, ReasonNone)
		if v.Items[0].Text != "Longjing" || !slices.Equal(v.Tax, tax) {
			t.Errorf("shown: %+v", v)
		}
		if len(s.journal.entries) < 5 {
			t.Fatalf("%d entries", len(s.journal.entries))
		}
		for _, e := range s.journal.entries {
			if e.Sale == v.Number && (len(e.Items) != 2 || e.Items[0].Text != "Longjing" || !slices.Equal(e.Tax, tax)) {
				t.Errorf("%s: %+v", e.Event, e)
			}
		}
	})
}

// A torn tap that a restart brings back says what it is for, and so does its receipt.
func TestBillOfTornTapOverRestart(t *testing.T) {
	tapping(t, func(s *shop) {
		bill := Bill{Amount: s.sale.Amount, Tip: 100, Items: []Item{{"Longjing", 1, s.sale.Amount - 100, 1300}}}
		if err := s.till.BeginBill(bill); err != nil {
			t.Fatal(err)
		}
		s.tap(s.wallet, cut{payAPDU, "within"})
		if v := s.want(Torn, "", ReasonNone); !v.Interrupted.IsZero() {
			t.Errorf("interrupted at %v before it was", v.Interrupted)
		}
		torn := s.last().At
		time.Sleep(time.Minute)
		s.till.Close()
		s.open()
		if v := s.want(Torn, "", ReasonNone); v.Interrupted != torn || v.Tip != 100 || len(v.Items) != 1 || !slices.Equal(v.Tax, bill.Tax()) {
			t.Errorf("shown: %+v", v)
		}
		s.tap(s.wallet, never)
		if v := s.want(Ended, Paid, ReasonNone); v.Interrupted != torn {
			t.Errorf("interrupted at %v, not %v", v.Interrupted, torn)
		}
		if err := s.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		if v := s.till.View(); !v.Interrupted.IsZero() {
			t.Errorf("interrupted at %v with no sale in front", v.Interrupted)
		}
		if e := s.last(); e.Tip != 100 || len(e.Items) != 1 || len(e.Tax) != 1 || e.Rail() != RailTap {
			t.Errorf("have %+v", e)
		}
	})
}

func TestEqualBills(t *testing.T) {
	coffee, cake := Item{Text: "Coffee", Quantity: 2, Each: 380, Tax: 1900}, Item{Text: "Cake", Quantity: 1, Each: 320}
	bill := func() Bill { return Bill{Amount: 1180, Tip: 100, Items: []Item{coffee, cake}} }
	for name, c := range map[string]struct {
		change func(*Bill)
		equal  bool
	}{
		"the same":       {func(*Bill) {}, true},
		"another amount": {func(b *Bill) { b.Amount++ }, false},
		"another tip":    {func(b *Bill) { b.Tip = 0 }, false},
		"one item less":  {func(b *Bill) { b.Items = b.Items[:1] }, false},
		"another order":  {func(b *Bill) { b.Items[0], b.Items[1] = cake, coffee }, false},
		"one more":       {func(b *Bill) { b.Items[0].Quantity++ }, false},
		"another text":   {func(b *Bill) { b.Items[1].Text = "Kuchen" }, false},
		"another tax":    {func(b *Bill) { b.Items[0].Tax = 700 }, false},
	} {
		b := bill()
		c.change(&b)
		if b.Equal(bill()) != c.equal || bill().Equal(b) != c.equal {
			t.Errorf("%s: equal is not %v", name, c.equal)
		}
	}
	if !(Bill{Amount: 5}).Equal(Bill{Amount: 5, Items: []Item{}}) {
		t.Error("no items are not no items")
	}
}
