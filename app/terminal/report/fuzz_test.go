package report

import (
	"strings"
	"testing"

	"countersign/app/terminal/sale"
)

// Whatever stands in a journal as a Z is refused or read; nothing panics.
func FuzzRead(f *testing.F) {
	s := newShop(f).open()
	s.shift(5)
	s.cash(7)
	z := s.z(11)
	s.close()
	f.Add(z.Message.Bytes())
	f.Add([]byte{0x84})
	f.Fuzz(func(t *testing.T, raw []byte) {
		z, err := Read(sale.Entry{Event: sale.EventZ, Report: &sale.ReportOf{Number: 1, Signed: raw}}, "shop")
		if err == nil && (len(z.Rails) != 3 || z.GrandTotal < z.Taken() || !z.Cash.Uncounted && z.Cash.Difference != z.Cash.Counted-z.Cash.Expected) {
			t.Errorf("have %+v", z.Report)
		}
	})
}

func FuzzParseDifference(f *testing.F) {
	f.Add("only-here number=1 kind=payment reference=7 amount=100")
	f.Add("= = a=b=c")
	f.Fuzz(func(t *testing.T, line string) {
		key, values := ParseDifference(line)
		if !strings.HasPrefix(line, key) {
			t.Errorf("%q has key %q", line, key)
		}
		for name, value := range values {
			if !strings.Contains(line, name) || !strings.Contains(line, value) {
				t.Errorf("%q has %q=%q", line, name, value)
			}
		}
	})
}
