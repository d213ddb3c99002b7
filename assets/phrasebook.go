package assets

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// ErrNoLanguage is what [Phrases] answers for a language that has no file.
var ErrNoLanguage = errors.New("no phrases in this language")

// English is the language that every key exists in and that stands in for a phrase another language lacks.
const English = "en"

// Language is one that the programs can be switched to.
type Language struct {
	Tag  string // BCP 47, as in the file's name: "en", "zh"
	Name string // in the language itself, for the key that switches to it
}

// Languages lists what is embedded, English first, then by tag.
func Languages() []Language {
	entries, err := files.ReadDir("translations")
	if err != nil {
		panic(fmt.Sprintf("assets: %v", err))
	}
	var list []Language
	for _, entry := range entries {
		tag := entry.Name()
		book, err := Phrases(tag)
		if err != nil {
			panic(fmt.Sprintf("assets: %v", err))
		}
		list = append(list, Language{Tag: tag, Name: book.Say("language.name")})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Tag == English && list[j].Tag != English })
	return list
}

// Phrasebook is the phrases of one language. It is a value that nothing changes; the zero Phrasebook knows no phrase and
// answers each key with the key.
type Phrasebook struct {
	tag              string
	phrases, english map[string]string
	strict           bool
}

// Phrases opens the phrasebook of a language, "en" or "zh". A regional tag gets its language ("zh-CN" is "zh"). The error
// wraps [ErrNoLanguage].
func Phrases(tag string) (Phrasebook, error) {
	base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	english, err := load(English)
	if err != nil {
		return Phrasebook{}, err
	}
	if base == English {
		return Phrasebook{tag: base, phrases: english, english: english}, nil
	}
	phrases, err := load(base)
	if err != nil {
		return Phrasebook{}, fmt.Errorf("opening phrases for %q: %w", tag, err)
	}
	return Phrasebook{tag: base, phrases: phrases, english: english}, nil
}

func load(tag string) (map[string]string, error) {
	entries, err := files.ReadDir("translations/" + tag)
	if err != nil {
		return nil, ErrNoLanguage
	}
	phrases := map[string]string{}
	for _, entry := range entries { // a key is in the file that its first word names
		name := "translations/" + tag + "/" + entry.Name()
		if err := json.Unmarshal(embedded(name), &phrases); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return phrases, nil
}

// Strict is the same phrasebook for tests: [Phrasebook.Say] panics when this language lacks the key, when a placeholder is
// left unfilled and when a pair names no placeholder of the phrase.
func (p Phrasebook) Strict() Phrasebook {
	p.strict = true
	return p
}

// Tag is the language, "en".
func (p Phrasebook) Tag() string { return p.tag }

// Has says whether this language itself has the key.
func (p Phrasebook) Has(key string) bool {
	_, ok := p.phrases[key]
	return ok
}

// Keys lists the language's keys, sorted.
func (p Phrasebook) Keys() []string {
	keys := make([]string, 0, len(p.phrases))
	for key := range p.phrases {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Say is the phrase of a key with its placeholders filled: Say("terminal.outcome.paid.text", "amount", "¥78.00"). Pairs are
// a placeholder's name and its value, which is written as fmt.Sprint writes it and is not searched for placeholders again. A
// key that the language lacks is said in English, one that English lacks as the key itself; a placeholder without a pair
// stays as it is.
func (p Phrasebook) Say(key string, pairs ...any) string {
	phrase, ok := p.phrases[key]
	if !ok {
		if p.strict {
			panic(fmt.Sprintf("assets: %q has no phrase %q", p.tag, key))
		}
		if phrase, ok = p.english[key]; !ok {
			return key
		}
	}
	values := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		values[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
	}
	said, unfilled, unused := fill(phrase, values)
	if p.strict && (len(unfilled)+len(unused) > 0 || len(pairs)%2 != 0) {
		panic(fmt.Sprintf("assets: %q: placeholders without a value %v, values without a placeholder %v", key, unfilled, unused))
	}
	return said
}

// Notice is a refusal or a result in both its lengths: Notice("error.not-ours") says the phrases error.not-ours.heading, two
// to four words, and error.not-ours.text, which tells what happened and what to do. Pairs may serve either phrase.
func (p Phrasebook) Notice(key string, pairs ...any) (heading, text string) {
	strict := p.strict
	if strict {
		// Each of the two phrases may use only some of the pairs, so the check is on both together.
		for _, name := range placeholders(p.phrases[key+".heading"] + p.phrases[key+".text"]) {
			if !contains(pairs, name) {
				panic(fmt.Sprintf("assets: %q: placeholder %q has no value", key, name))
			}
		}
		if !p.Has(key+".heading") || !p.Has(key+".text") {
			panic(fmt.Sprintf("assets: %q has no notice %q", p.tag, key))
		}
		p.strict = false
	}
	return p.Say(key+".heading", pairs...), p.Say(key+".text", pairs...)
}

func contains(pairs []any, name string) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		if fmt.Sprint(pairs[i]) == name {
			return true
		}
	}
	return false
}

// fill replaces each {name} of a phrase once, from left to right, so that a shop that calls itself "{amount}" stays that.
func fill(phrase string, values map[string]string) (said string, unfilled, unused []string) {
	used := map[string]bool{}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(phrase, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			break
		}
		if value, ok := values[name]; ok {
			b.WriteString(value)
			used[name] = true
		} else {
			b.WriteString("{" + name + "}")
			unfilled = append(unfilled, name)
		}
		phrase = after
	}
	for name := range values {
		if !used[name] {
			unused = append(unused, name)
		}
	}
	return b.String(), unfilled, unused
}

// placeholders lists the names in a phrase in their order.
func placeholders(phrase string) []string {
	_, names, _ := fill(phrase, nil)
	return names
}
