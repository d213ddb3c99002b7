package reason

import (
	"slices"
	"testing"

	"countersign/app/terminal/sale"
	"countersign/assets"
)

// Every phrase is there in every language, and what is not known says so.
func TestEveryPhraseIsThere(t *testing.T) {
	if list := All(); len(list) < 50 || !slices.IsSorted(list) {
		t.Errorf("have %d reasons", len(list))
	}
	for _, l := range assets.Languages() {
		book, err := assets.Phrases(l.Tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range append(All(), sale.ReasonNone, "of tomorrow") {
			key, known := Phrase(r)
			if !book.Has(key+".heading") || !book.Has(key+".text") {
				t.Errorf("%s has no words for %q (%s)", l.Tag, r, key)
			}
			if known == (key == Unexpected) || known != slices.Contains(All(), r) {
				t.Errorf("%q: %s, known %t", r, key, known)
			}
		}
	}
}
