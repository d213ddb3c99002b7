package assets

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guides tell people at the counter what is on their screen, and installers which flags there are.
var guides = []string{"../app/terminal/USER-GUIDE.md", "../app/terminal/INSTALLING-DEVICES.md"}

var (
	bold    = regexp.MustCompile(`\*\*(.+?)\*\*`)
	option  = regexp.MustCompile("--[a-z][a-z-]+")
	picture = regexp.MustCompile(`!\[[^\]]+\]\(([^)]+)\)`)
	digits  = regexp.MustCompile(`\d+`)
)

// signs are on keys without being words.
var signs = map[string]bool{"00": true, "+": true, "−": true}

// TestGuidesQuoteTheScreen holds what the guides print in bold to the English phrases: each is one, or the beginning of one, with
// numbers and … for what changes. What ends in a full stop or a colon may be a heading.
func TestGuidesQuoteTheScreen(t *testing.T) {
	book, err := Phrases(English)
	if err != nil {
		t.Fatal(err)
	}
	var phrases []string
	for _, key := range book.Keys() {
		phrases = append(phrases, book.Say(key))
	}
	for _, l := range Languages() {
		phrases = append(phrases, l.Name)
	}
	for _, guide := range guides {
		quoted := 0
		for _, match := range bold.FindAllStringSubmatch(read(t, guide), -1) {
			text := match[1]
			if signs[text] || strings.HasSuffix(text, ".") || strings.HasSuffix(text, ":") {
				continue
			}
			quoted++
			if !onScreen(text, phrases) {
				t.Errorf("%s quotes %q, which no screen says", guide, text)
			}
		}
		if quoted < 5 {
			t.Errorf("%s quotes only %d things", guide, quoted)
		}
	}
	for _, wrong := range []string{"Chargee", "harge", "Sale … vanished"} {
		if onScreen(wrong, phrases) {
			t.Errorf("%q passes", wrong)
		}
	}
}

func onScreen(text string, phrases []string) bool {
	quoted := regexp.QuoteMeta(strings.TrimSpace(strings.TrimSuffix(text, " …")))
	quoted = digits.ReplaceAllString(strings.ReplaceAll(quoted, "…", `\{\w+\}`), `\S+`)
	wanted := regexp.MustCompile("^" + quoted + `(\W|$)`)
	for _, p := range phrases {
		if wanted.MatchString(p) {
			return true
		}
	}
	return false
}

// TestGuidesNameWhatThereIs holds the guides' flags to those of the terminal, and their pictures to the files.
func TestGuidesNameWhatThereIs(t *testing.T) {
	files, err := filepath.Glob("../app/terminal/*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), err)
	}
	var source strings.Builder
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			source.WriteString(read(t, file))
		}
	}
	for _, guide := range guides {
		text := read(t, guide)
		for _, flag := range option.FindAllString(text, -1) {
			if flag == "--output" || flag == "--right-of" {
				continue // xrandr's
			}
			if !strings.Contains(source.String(), `"`+strings.TrimPrefix(flag, "--")+`"`) {
				t.Errorf("%s names %s, which the terminal does not have", guide, flag)
			}
		}
		for _, match := range picture.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(guide), match[1])); err != nil {
				t.Errorf("%s: %v", guide, err)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
