package assets

import (
	"math"
	"testing"
	"time"
)

func TestDatesAndNumbers(t *testing.T) {
	// One moment, told where it is told: late on the 22nd in Berlin is early on the 23rd in Shanghai.
	moment := time.Date(2026, 11, 22, 8, 41, 7, 0, time.UTC)
	berlin, shanghai := time.FixedZone("CET", 3600), time.FixedZone("CST", 8*3600)
	early := time.Date(2026, 3, 4, 23, 5, 0, 0, time.UTC)
	for _, tt := range []struct{ tag, got, want string }{
		{"en", book(t, "en").DateTime(moment), "22 Nov 2026 08:41"},
		{"zh", book(t, "zh").DateTime(moment.In(shanghai)), "2026年11月22日 16:41"},
		{"de", book(t, "de").DateTime(moment.In(berlin)), "22.11.2026 09:41"},
		{"en", book(t, "en-GB").Date(early), "4 Mar 2026"},
		{"zh", book(t, "zh").Date(early.In(shanghai)), "2026年3月5日"},
		{"de", book(t, "de").Date(early.In(berlin)), "05.03.2026"},
		{"en", book(t, "en").Day(early), "4 Mar"},
		{"zh", book(t, "zh").Day(early), "3月4日"},
		{"de", book(t, "de").Day(early), "04.03."},
		{"de", book(t, "de").Time(early), "23:05"},
		{"en", book(t, "en").TimeSeconds(moment), "08:41:07"},
		{"none", Phrasebook{}.DateTime(moment), "22 Nov 2026 08:41"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.tag, tt.got, tt.want)
		}
	}
	for n, want := range map[int64][2]string{
		0: {"0", "0"}, 999: {"999", "999"}, 1000: {"1,000", "1.000"}, -1234: {"-1,234", "-1.234"}, -100: {"-100", "-100"},
		1234567: {"1,234,567", "1.234.567"}, math.MinInt64: {"-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808"},
	} {
		if en, de, zh := book(t, "en").Number(n), book(t, "de").Number(n), book(t, "zh").Number(n); en != want[0] || zh != want[0] || de != want[1] {
			t.Errorf("%d: en %q, zh %q, de %q", n, en, zh, de)
		}
	}
}
