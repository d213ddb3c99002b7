package assets

import (
	"strconv"
	"time"
)

// layouts are a language's ways to write a day, in the layouts of package time. The hours are those of a day of 24 everywhere, as
// tills print them.
type layouts struct{ date, day, separator string }

func (p Phrasebook) layouts() layouts {
	switch p.tag {
	case "zh":
		return layouts{"2006年1月2日", "1月2日", ","}
	case "de":
		return layouts{"02.01.2006", "02.01.", "."}
	}
	return layouts{"2 Jan 2006", "2 Jan", ","}
}

// Date is a day as the language writes it: 22 Nov 2026, 2026年11月22日, 22.11.2026. It is the day in t's own location, as with
// all of these: whoever shows a time of the journal puts it into the shop's location first.
func (p Phrasebook) Date(t time.Time) string { return t.Format(p.layouts().date) }

// Day is a day of a year that is known: 22 Nov, 11月22日, 22.11.
func (p Phrasebook) Day(t time.Time) string { return t.Format(p.layouts().day) }

// Time is a time of day to the minute, 09:41, always five characters.
func (p Phrasebook) Time(t time.Time) string { return t.Format("15:04") }

// TimeSeconds is a time of day to the second, 09:41:07, always eight characters.
func (p Phrasebook) TimeSeconds(t time.Time) string { return t.Format("15:04:05") }

// DateTime is a day and its time to the minute: 22 Nov 2026 09:41, 2026年11月22日 09:41, 22.11.2026 09:41.
func (p Phrasebook) DateTime(t time.Time) string { return p.Date(t) + " " + p.Time(t) }

// Number is a whole number with its thousands set apart as the language does: 1,234,567 or 1.234.567. Amounts of money are
// written by package money.
func (p Phrasebook) Number(n int64) string {
	text := strconv.FormatInt(n, 10)
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + p.layouts().separator + text[at:]
	}
	return sign + text
}
