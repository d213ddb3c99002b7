package money

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text     string
		currency Currency
		minor    int64
		kind     error
	}{
		{"78", CNY, 7800, nil},
		{"78.00", CNY, 7800, nil},
		{"78.5", CNY, 7850, nil},
		{"0.5", CNY, 50, nil},
		{"0.01", CNY, 1, nil},
		{"99999999.99", CNY, MaxMinor, nil},
		{"9999999999", JPY, MaxMinor, nil},
		{"78", JPY, 78, nil},
		{"1.234", 414, 1234, nil}, // KWD
		{"", CNY, 0, ErrNotANumber},
		{" 78", CNY, 0, ErrNotANumber},
		{"78 ", CNY, 0, ErrNotANumber},
		{"-78", CNY, 0, ErrNotANumber},
		{"+78", CNY, 0, ErrNotANumber},
		{"NaN", CNY, 0, ErrNotANumber},
		{"Inf", CNY, 0, ErrNotANumber},
		{"1e3", CNY, 0, ErrNotANumber},
		{"0x10", CNY, 0, ErrNotANumber},
		{"78.", CNY, 0, ErrNotANumber},
		{".78", CNY, 0, ErrNotANumber},
		{".", CNY, 0, ErrNotANumber},
		{"7.8.0", CNY, 0, ErrNotANumber},
		{"78.005", CNY, 0, ErrNotANumber},
		{"78.0", JPY, 0, ErrNotANumber},
		{"1,234.00", CNY, 0, ErrNotANumber},
		{"1 234", CNY, 0, ErrNotANumber},
		{"078", CNY, 0, ErrNotANumber},
		{"７８", CNY, 0, ErrNotANumber}, // full-width digits
		{"٧٨", CNY, 0, ErrNotANumber},
		{"0", CNY, 0, ErrZero},
		{"0.00", CNY, 0, ErrZero},
		{"100000000.00", CNY, 0, ErrTooLarge},
		{"10000000000", JPY, 0, ErrTooLarge},
		{strings.Repeat("9", 400), CNY, 0, ErrTooLarge},
		{"78", 0, 0, ErrUnknownCurrency},
		{"78", 191, 0, ErrUnknownCurrency}, // HRK, withdrawn
		{"78", 999, 0, ErrUnknownCurrency}, // XXX
	}
	for _, tt := range tests {
		t.Run(tt.text+" "+tt.currency.String(), func(t *testing.T) {
			a, err := Parse(tt.text, tt.currency)
			if !errors.Is(err, tt.kind) {
				t.Fatalf("Parse(%q) error = %v, want %v", tt.text, err, tt.kind)
			}
			if tt.kind == nil {
				if want := (Amount{tt.minor, tt.currency}); a != want {
					t.Fatalf("Parse(%q) = %v, want %v", tt.text, a, want)
				}
				return
			}
			if a != (Amount{}) {
				t.Errorf("refused text still gave %v", a)
			}
			var typed *Error
			if !errors.As(err, &typed) || typed.Hint == "" {
				t.Errorf("%v carries no hint", err)
			}
			if len(err.Error()) > 120 {
				t.Errorf("error repeats %d bytes of what was refused", len(err.Error()))
			}
		})
	}
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		minor int64
		c     Currency
		kind  error
	}{{1, CNY, nil}, {MaxMinor, EUR, nil}, {0, CNY, ErrZero}, {-1, CNY, ErrNotANumber}, {MaxMinor + 1, CNY, ErrTooLarge}, {1, 1, ErrUnknownCurrency}} {
		if _, err := Of(tt.minor, tt.c); !errors.Is(err, tt.kind) {
			t.Errorf("Of(%d, %v) = %v, want %v", tt.minor, tt.c, err, tt.kind)
		}
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		amount   Amount
		language string
		want     string
	}{
		{Amount{7800, CNY}, "en", "¥78.00"},
		{Amount{7800, CNY}, "zh", "¥78.00"},
		{Amount{7800, EUR}, "de", "78,00\u00a0€"},
		{Amount{123456789, CNY}, "en", "¥1,234,567.89"},
		{Amount{123456789, EUR}, "de", "1.234.567,89\u00a0€"},
		{Amount{MaxMinor, CNY}, "zh", "¥99,999,999.99"},
		{Amount{5, CNY}, "en", "¥0.05"},
		{Amount{0, CNY}, "en", "¥0.00"},
		{Amount{1500, JPY}, "en", "JP¥1,500"},
		{Amount{1234, 414}, "en", "KWD\u00a01.234"},
		{Amount{7800, CNY}, "ar-EG", "¥78.00"},
		{Amount{7800, CNY}, "not a tag", "¥78.00"},
	}
	for _, tt := range tests {
		got := tt.amount.Format(tt.language)
		if tt.language == "ar-EG" {
			for _, r := range got {
				if r >= '٠' && r <= '٩' {
					t.Errorf("Format(ar) = %q has digits that the font lacks", got)
				}
			}
			continue
		}
		if got != tt.want {
			t.Errorf("%v.Format(%q) = %q, want %q", tt.amount, tt.language, got, tt.want)
		}
	}
}

func TestCurrencyTable(t *testing.T) {
	alphas, symbols := map[string]bool{}, map[string]string{}
	last := ""
	for _, c := range Currencies() {
		code := c.String()
		if c < 1 || c > 999 || len(code) != 3 || c.Name() == "" || alphas[code] {
			t.Errorf("bad or repeated row %d %q %q", c, code, c.Name())
		}
		alphas[code] = true
		if code <= last {
			t.Errorf("%s is out of order", code)
		}
		last = code
		if d := c.Digits(); d != 0 && d != 2 && d != 3 && d != 4 {
			t.Errorf("%s has %d decimals", code, d)
		}
		if other, taken := symbols[c.Symbol()]; taken {
			t.Errorf("%s and %s are both written %s", code, other, c.Symbol())
		}
		symbols[c.Symbol()] = code
		if back, err := CurrencyByCode(code); err != nil || back != c {
			t.Errorf("CurrencyByCode(%s) = %d, %v", code, back, err)
		}
	}
	// Chosen rows, from the standard rather than from the table.
	for code, want := range map[string]struct {
		numeric Currency
		digits  int
	}{"CNY": {156, 2}, "JPY": {392, 0}, "EUR": {978, 2}, "BHD": {48, 3}, "CLF": {990, 4}, "UYW": {927, 4}, "ISK": {352, 0}, "HKD": {344, 2}, "ZWG": {924, 2}, "XCG": {532, 2}} {
		if c, err := CurrencyByCode(code); err != nil || c != want.numeric || c.Digits() != want.digits {
			t.Errorf("%s = %d with %d decimals (%v), want %v", code, c, c.Digits(), err, want)
		}
	}
	for _, code := range []string{"", "cny", "HRK", "XXX", "XAU", "ZZZZ"} {
		if _, err := CurrencyByCode(code); !errors.Is(err, ErrUnknownCurrency) {
			t.Errorf("CurrencyByCode(%q) = %v", code, err)
		}
	}
}

func TestEntry(t *testing.T) {
	if _, err := NewEntry(0); !errors.Is(err, ErrUnknownCurrency) {
		t.Fatalf("NewEntry(0) = %v", err)
	}
	start, err := NewEntry(CNY)
	if err != nil {
		t.Fatal(err)
	}
	press := func(e Entry, keys string) (Entry, error) {
		var err error
		for _, k := range keys {
			switch k {
			case 'D':
				e, err = e.DoubleZero()
			case '<':
				e = e.Backspace()
			default:
				e, err = e.Digit(int(k - '0'))
			}
		}
		return e, err
	}
	tests := []struct {
		keys, want string
		kind       error
	}{
		{"", "¥0.00", nil},
		{"78D", "¥78.00", nil},
		{"7800<", "¥7.80", nil},
		{"0D5", "¥0.05", nil},
		{"<<", "¥0.00", nil},
		{"9999999999", "¥99,999,999.99", nil},
		{"99999999991", "¥99,999,999.99", ErrTooLarge},
		{"123456789D", "¥1,234,567.89", ErrTooLarge}, // both zeros or neither
	}
	for _, tt := range tests {
		e, err := press(start, tt.keys)
		if got := e.Format("en"); got != tt.want || !errors.Is(err, tt.kind) {
			t.Errorf("%q shows %s (%v), want %s (%v)", tt.keys, got, err, tt.want, tt.kind)
		}
	}
	if _, err := start.Amount(); !errors.Is(err, ErrZero) {
		t.Errorf("empty entry gave %v", err)
	}
	if _, err := start.Digit(10); !errors.Is(err, ErrNotANumber) {
		t.Errorf("Digit(10) = %v", err)
	}
	e, _ := press(start, "5")
	if a, err := e.Amount(); err != nil || a != (Amount{5, CNY}) || !start.Empty() {
		t.Errorf("5 gave %v, %v; the start is now %v", a, err, start)
	}
	if q, err := e.Replace(Amount{1000, CNY}); err != nil || q.Format("en") != "¥10.00" {
		t.Errorf("quick amount gave %s, %v", q.Format("en"), err)
	}
	if q, err := e.Replace(Amount{1000, EUR}); !errors.Is(err, ErrUnknownCurrency) || q != e {
		t.Errorf("quick amount of another currency gave %v, %v", q, err)
	}
	if !e.Clear().Empty() {
		t.Error("Clear leaves something")
	}
}

// FuzzParse: whatever Parse accepts is a valid amount, and its own decimal form reads back as the same amount.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"78", "78.00", "0.5", "", "-1", "1e9", "99999999.99", "00", "1.", ".1", "٣", "9999999999999999999999"} {
		f.Add(s, uint16(CNY))
	}
	f.Add("78", uint16(JPY))
	f.Add("1.2345", uint16(990))
	f.Add("1", uint16(999))
	f.Fuzz(func(t *testing.T, text string, code uint16) {
		a, err := Parse(text, Currency(code))
		if err != nil {
			var typed *Error
			if !errors.As(err, &typed) || typed.Hint == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if err := a.Check(); err != nil {
			t.Fatalf("Parse(%q) gave the invalid %+v: %v", text, a, err)
		}
		if b, err := Parse(a.Decimal(), a.Currency); err != nil || b != a {
			t.Fatalf("%q → %v → %v, %v", text, a, b, err)
		}
		if strings.Trim(text, "0123456789.") != "" {
			t.Fatalf("Parse accepted %q", text)
		}
	})
}
