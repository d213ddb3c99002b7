package storepage

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"countersign/protocol"
	"countersign/protocol/money"
)

// wordFiles have a language's phrases each, flat, by key; %s and %d are filled in.
//
//go:embed words/*.json
var wordFiles embed.FS

// languages that the page speaks, the first one where nothing else fits.
func languages() []string { return []string{"en", "zh", "de"} }

// book is the phrases of a language, and how it writes numbers and times. It is read
// only.
type book struct {
	Tag     string
	phrases map[string]string
	printer *message.Printer
}

// readBooks reads all languages.
func readBooks() (map[string]*book, error) {
	books := map[string]*book{}
	for _, tag := range languages() {
		raw, err := wordFiles.ReadFile("words/" + tag + ".json")
		if err != nil {
			return nil, err
		}
		b := &book{Tag: tag, printer: message.NewPrinter(language.Make(tag))}
		if err := json.Unmarshal(raw, &b.phrases); err != nil {
			return nil, fmt.Errorf("words of %s: %w", tag, err)
		}
		books[tag] = b
	}
	return books, nil
}

// Say returns a phrase, filled in. One that is not there is shown by its key, which a
// test forbids.
func (b *book) Say(key string, with ...any) string {
	phrase, ok := b.phrases[key]
	if !ok {
		return key
	}
	if len(with) == 0 {
		return phrase
	}
	return fmt.Sprintf(phrase, with...)
}

// Number writes a count.
func (b *book) Number(n int64) string { return b.printer.Sprint(number.Decimal(n)) }

// Money writes an amount, also of zero and below it.
func (b *book) Money(minor int64, c protocol.Currency) string {
	sign := ""
	if minor < 0 {
		sign, minor = "−", -minor
	}
	return sign + money.Amount{Minor: minor, Currency: money.Currency(c)}.Format(b.Tag)
}

// Time writes the time of day, with the date unless it is today's.
func (b *book) Time(at, now time.Time) string {
	at = at.In(now.Location())
	if dayOf(at).Equal(dayOf(now)) {
		return at.Format("15:04")
	}
	return b.Date(at) + " " + at.Format("15:04")
}

// Date writes a day.
func (b *book) Date(at time.Time) string {
	switch b.Tag {
	case "de":
		return at.Format("02.01.2006")
	case "zh":
		return at.Format("2006年1月2日")
	}
	return at.Format("2 Jan 2006")
}

// For writes a time that has passed, in its largest unit.
func (b *book) For(d time.Duration) string {
	switch {
	case d < time.Minute:
		return b.Say("for.moment")
	case d < time.Hour:
		return b.Say("for.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return b.Say("for.hours", int(d/time.Hour))
	}
	return b.Say("for.days", int(d/(24*time.Hour)))
}

// gaps writes numbers that were not received: "7, 9–11".
func (b *book) gaps(all []gap) string {
	var parts []string
	for n, g := range all {
		switch {
		case n == mostGapsTold:
			return strings.Join(parts, ", ") + " …"
		case g.from == g.to:
			parts = append(parts, fmt.Sprint(g.from))
		default:
			parts = append(parts, fmt.Sprintf("%d–%d", g.from, g.to))
		}
	}
	return strings.Join(parts, ", ")
}
