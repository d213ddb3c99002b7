package receipt

import (
	"strings"
	"testing"

	"countersign/assets"
)

// lines are one of each kind that a report can hold.
func lines() []string {
	return []string{
		"not-compared reason=later", "not-compared reason=nobody", "not-compared reason=no-answer", "not-compared reason=weather",
		"only-here number=99 kind=payment reference=4700 amount=7800", "only-there kind=refund reference=4701 amount=100",
		"different number=98 kind=payment reference=4702 amount=7800 there-reference=4702 there-amount=8700",
		"different number=97 kind=reversal reference=4703 amount=7800 there-reference=4704 there-amount=7800",
		"uncredited number=96 amount=1250", "other-currency number=95 amount=500 currency=978", "more count=937", "more-open count=12",
	}
}

// Every line has its own sentence in every language, with nothing of the line's own words in it.
func TestDifferencesInWords(t *testing.T) {
	for _, l := range assets.Languages() {
		book, err := assets.Phrases(l.Tag)
		if err != nil {
			t.Fatal(err)
		}
		before := map[string]string{}
		for _, line := range lines() {
			said := Difference(line, 156, book.Strict())
			if said == "" || said == line || strings.ContainsAny(said, "={}") {
				t.Errorf("%s: %q is %q", l.Tag, line, said)
			}
			if other, there := before[said]; there {
				t.Errorf("%s: %q and %q are both %q", l.Tag, other, line, said)
			}
			before[said] = line
		}
	}
	en, err := assets.Phrases(assets.English)
	if err != nil {
		t.Fatal(err)
	}
	if said := Difference("other-currency number=95 amount=500 currency=978", 156, en); !strings.Contains(said, "€") || !strings.Contains(said, "000095") {
		t.Errorf("have %q", said)
	}
}

// What cannot be read is printed as it stands.
func TestDifferencesThatCannotBeRead(t *testing.T) {
	book, err := assets.Phrases("de")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"", "stolen number=1", "only-here", "only-here number=99 kind=gift reference=1 amount=1", "only-there kind=refund reference=1 amount=-1", "more count=many",
		"other-currency number=95 amount=500 currency=99999999999", "different number=1 kind=refund reference=1 amount=1 there-reference=1 there-amount=",
	} {
		if said := Difference(line, 156, book); said != line {
			t.Errorf("%q is %q", line, said)
		}
	}
}

// FuzzDifference: whatever stands in a report, something is printed.
func FuzzDifference(f *testing.F) {
	for _, line := range lines() {
		f.Add(line)
	}
	book, err := assets.Phrases("zh")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if said := Difference(line, 156, book); said == "" && line != "" {
			t.Errorf("%q is hidden", line)
		}
	})
}
