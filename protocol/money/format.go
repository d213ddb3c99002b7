package money

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Parts is an amount made ready for a screen that writes symbol and number in different sizes.
type Parts struct {
	Symbol      string // "¥"
	Number      string // "1,234.50", with the language's grouping and decimal mark
	SymbolAfter bool   // the language writes the symbol behind the number
}

// Format writes the amount as the language does, with all its decimals: "¥1,234.50" in en and zh, "1.234,50 €" in de (with a
// no-break space, as Unicode CLDR has it). language is a BCP 47 tag; one that cannot be read counts as English.
func (a Amount) Format(language string) string {
	p := a.Parts(language)
	switch {
	case p.SymbolAfter:
		return p.Number + "\u00a0" + p.Symbol
	case endsInLetter(p.Symbol):
		return p.Symbol + "\u00a0" + p.Number
	}
	return p.Symbol + p.Number
}

// Parts is [Amount.Format] in pieces.
func (a Amount) Parts(lang string) Parts {
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.English
	}
	// Western digits in every language: the amount must read like the one in the signed message, and the fonts carry them.
	if latin, err := tag.SetTypeForKey("nu", "latn"); err == nil {
		tag = latin
	}
	digits := a.Currency.Digits()
	text := plain(a.Minor, digits)
	whole, fraction, _ := strings.Cut(text, ".")
	negative := strings.HasPrefix(whole, "-")
	var units int64
	for _, d := range strings.TrimPrefix(whole, "-") {
		units = units*10 + int64(d-'0')
	}
	// Only integers go through x/text, which has no decimal type: the whole units grouped, and the decimal mark taken from
	// a zero with one decimal.
	printer := message.NewPrinter(tag)
	shown := printer.Sprint(number.Decimal(units))
	if negative {
		shown = "-" + shown
	}
	if digits > 0 {
		mark := strings.Trim(printer.Sprint(number.Decimal(0, number.Scale(1))), "0")
		shown += mark + fraction
	}
	return Parts{Symbol: a.Currency.Symbol(), Number: shown, SymbolAfter: symbolAfter(tag)}
}

// symbolAfter is CLDR's place of the currency sign for the languages that write it behind the number; x/text formats
// currencies without it (golang.org/x/text/currency always writes the sign first).
func symbolAfter(tag language.Tag) bool {
	base, _ := tag.Base()
	region, _ := tag.Region()
	switch base.String() {
	case "de":
		return region.String() != "AT" && region.String() != "CH" && region.String() != "LI"
	case "pt":
		return region.String() != "BR"
	case "bg", "ca", "cs", "da", "el", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv", "nb", "no", "pl", "ro", "ru", "sk", "sl", "sr", "sv", "uk", "vi":
		return true
	}
	return false
}

func endsInLetter(s string) bool {
	return s != "" && (s[len(s)-1] >= 'A' && s[len(s)-1] <= 'Z')
}
