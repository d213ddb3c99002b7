package assets

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/image/font/sfnt"
)

func book(t *testing.T, tag string) Phrasebook {
	t.Helper()
	b, err := Phrases(tag)
	if err != nil {
		t.Fatal(err)
	}
	return b.Strict()
}

func TestLanguagesAgree(t *testing.T) {
	english := book(t, English)
	if len(english.Keys()) < 200 {
		t.Fatalf("only %d English phrases", len(english.Keys()))
	}
	tags := map[string]bool{}
	for _, language := range Languages() {
		tags[language.Tag] = true
		b := book(t, language.Tag)
		if !slices.Equal(b.Keys(), english.Keys()) {
			t.Errorf("%s and en differ in keys: %v", language.Tag, difference(b.Keys(), english.Keys()))
		}
		for key, phrase := range b.phrases {
			want := placeholders(english.phrases[key])
			got := placeholders(phrase)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s %s has placeholders %v, English %v", language.Tag, key, got, want)
			}
			if phrase == "" || phrase != strings.TrimSpace(phrase) {
				t.Errorf("%s %s is empty or has spaces at its ends", language.Tag, key)
			}
			if language.Tag != English && phrase == english.phrases[key] && !sameWord(language.Tag, phrase) {
				t.Errorf("%s %s is not translated: %q", language.Tag, key, phrase)
			}
		}
	}
	if !tags["en"] || !tags["zh"] || !tags["de"] || Languages()[0].Tag != English {
		t.Errorf("languages are %v", Languages())
	}
}

// sameWord tells phrases that are the same in English and another language from those that nobody has translated: German
// shops say a few of the English words, and placeholders and figures are no words.
func sameWord(tag, phrase string) bool {
	shared := map[string][]string{"de": {"PIN", "Finger", "OK", "Name", "Status", "Filter", "Export", "Code", "Text", "Start", "Terminal", "Journal", "CSV", "PDF", "JSON", "Total", "Bar", "Wallet", "Saldo", "Software", "Version"}}
	without := regexp.MustCompile(`\{[a-z-]+\}`).ReplaceAllString(phrase, "")
	for _, word := range strings.FieldsFunc(without, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !slices.Contains(shared[tag], word) {
			return false
		}
	}
	return true
}

func TestNoticesAreWhole(t *testing.T) {
	english := book(t, English)
	for _, key := range english.Keys() {
		if stem, ok := strings.CutSuffix(key, ".heading"); ok {
			if !english.Has(stem + ".text") {
				t.Errorf("%s has no .text", stem)
			}
			if words := len(strings.Fields(english.phrases[key])); words > 4 {
				t.Errorf("%s has %d words", key, words)
			}
			if text := english.phrases[stem+".text"]; !strings.HasPrefix(key, "receipt.") && !strings.HasSuffix(text, ".") {
				t.Errorf("%s.text is no sentence: %q", stem, text)
			}
		}
	}
}

func TestFilesAreSortedOnePhraseALine(t *testing.T) {
	names, _ := fs.Glob(files, "translations/*/*.json")
	for _, name := range names {
		data := embedded(name)
		var phrases map[string]string
		if err := json.Unmarshal(data, &phrases); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key := range phrases {
			if first, _, _ := strings.Cut(key, "."); first+".json" != path.Base(name) {
				t.Errorf("%s is in %s", key, name)
			}
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(phrases); err != nil { // encoding/json sorts the keys of a map
			t.Fatal(err)
		}
		if !bytes.Equal(data, want.Bytes()) {
			t.Errorf("%s is not sorted, repeats a key, or is not indented by two spaces", name)
		}
	}
}

func TestFontsHaveEveryCharacter(t *testing.T) {
	for _, weight := range []Weight{Regular, Bold} {
		font, err := sfnt.Parse(Font(weight))
		if err != nil {
			t.Fatal(err)
		}
		var buffer sfnt.Buffer
		need := "0123456789.,-¥€$£✓←→↑↓…—·"
		for _, language := range Languages() {
			for _, phrase := range book(t, language.Tag).phrases {
				need += phrase
			}
		}
		for _, r := range need {
			if index, err := font.GlyphIndex(&buffer, r); err != nil || index == 0 {
				t.Errorf("%s lacks %q (U+%04X)", weight, r, r)
			}
		}
		// Amounts must not jitter while they are keyed.
		var width int
		for digit := '0'; digit <= '9'; digit++ {
			index, _ := font.GlyphIndex(&buffer, digit)
			advance, err := font.GlyphAdvance(&buffer, index, 1000<<6, 0)
			if err != nil {
				t.Fatal(err)
			}
			if digit == '0' {
				width = advance.Round()
			} else if advance.Round() != width {
				t.Errorf("%s: %c is %d wide, 0 is %d", weight, digit, advance.Round(), width)
			}
		}
	}
	if !strings.Contains(FontLicence(), "SIL OPEN FONT LICENSE Version 1.1") {
		t.Error("the font's licence is missing")
	}
}

func TestSay(t *testing.T) {
	english, chinese := book(t, "en-GB"), book(t, "zh-CN")
	if got := english.Say("terminal.outcome.paid.text", "amount", "¥78.00"); got != "¥78.00 received. Thank you." {
		t.Errorf("paid = %q", got)
	}
	if got := chinese.Say("terminal.finger.tries", "tries", 2); got != "还可以试 2 次" {
		t.Errorf("tries = %q", got)
	}
	heading, text := english.Notice("terminal.outcome.unknown")
	if heading+". "+text != "No answer yet. Do not charge again. If none comes, this payment is cancelled." {
		t.Errorf("unknown = %q %q", heading, text)
	}
	// A value is not searched for placeholders.
	if got := english.Say("wallet.outcome.paid.text", "shop", "{amount}", "amount", "¥1.00"); got != "¥1.00 to {amount}." {
		t.Errorf("hostile shop name gave %q", got)
	}
	if _, err := Phrases("tlh"); !errors.Is(err, ErrNoLanguage) {
		t.Errorf("Phrases(tlh) = %v", err)
	}
	if _, err := Phrases("../en"); !errors.Is(err, ErrNoLanguage) {
		t.Errorf("Phrases(../en) = %v", err)
	}
}

func TestMissingPhrase(t *testing.T) {
	lenient := Phrasebook{tag: "zh", phrases: map[string]string{"a": "甲 {n}"}, english: map[string]string{"a": "A {n}", "b": "B"}}
	for key, want := range map[string]string{"a": "甲 {n}", "b": "B", "c": "c"} {
		if got := lenient.Say(key); got != want {
			t.Errorf("Say(%s) = %q, want %q", key, got, want)
		}
	}
	for name, say := range map[string]func(Phrasebook){
		"key":         func(p Phrasebook) { p.Say("b") },
		"placeholder": func(p Phrasebook) { p.Say("a") },
		"pair":        func(p Phrasebook) { p.Say("a", "n", 1, "m", 2) },
		"odd":         func(p Phrasebook) { p.Say("a", "n", 1, "m") },
		"notice":      func(p Phrasebook) { p.Notice("a") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a strict phrasebook lets a missing %s pass", name)
				}
			}()
			say(lenient.Strict())
		}()
	}
}

func difference(a, b []string) (only []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			only = append(only, "+"+x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			only = append(only, "-"+x)
		}
	}
	return only
}
