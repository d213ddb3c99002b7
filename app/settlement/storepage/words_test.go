package storepage

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
)

// Every language has every phrase, with the same things to fill in; the files are
// sorted, a phrase a line.
func TestWordsAreComplete(t *testing.T) {
	books, err := readBooks()
	if err != nil {
		t.Fatal(err)
	}
	verbs := func(phrase string) []string {
		found := regexp.MustCompile(`%(\[\d\])?[a-z]`).FindAllString(phrase, -1)
		for n := range found {
			found[n] = found[n][len(found[n])-1:]
		}
		slices.Sort(found)
		return found
	}
	for _, tag := range languages() {
		if len(books[tag].phrases) != len(books["en"].phrases) {
			t.Errorf("%s has %d phrases, en %d", tag, len(books[tag].phrases), len(books["en"].phrases))
		}
		for key, phrase := range books[tag].phrases {
			english, there := books["en"].phrases[key]
			if !there || strings.TrimSpace(phrase) == "" || !slices.Equal(verbs(phrase), verbs(english)) {
				t.Errorf("%s: %s is %q, in English %q", tag, key, phrase, english)
			}
			if tag != "en" && phrase == english && !slices.Contains([]string{"none", "fact.terminal", "unresolved.terminal", "terminals.title", "fact.version", "fact.journal", "login.name", "rail.scan", "rail.tap"}, key) {
				t.Errorf("%s: %s is not translated", tag, key)
			}
		}
		raw, err := os.ReadFile("words/" + tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		out := json.NewEncoder(&again)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(books[tag].phrases); err != nil || !bytes.Equal(again.Bytes(), raw) {
			t.Errorf("words of %s are not sorted, one a line: %v", tag, err)
		}
	}
}

// Every phrase is said somewhere, and every key that is said is there.
func TestWordsAreSaid(t *testing.T) {
	books, err := readBooks()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, pattern := range []string{"*.go", "pages/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(raw)
		}
	}
	for _, m := range regexp.MustCompile(`Say "([a-z0-9.-]+)"|Say\("([a-z0-9.-]+)"[,)]`).FindAllStringSubmatch(text.String(), -1) {
		if key := m[1] + m[2]; books["en"].phrases[key] == "" {
			t.Errorf("%s is said and not there", key)
		}
	}
	// The last part of a key that is put together is in the code by itself.
	for key := range books["en"].phrases {
		last := key[strings.LastIndex(key, ".")+1:]
		if kind, isHint := strings.CutSuffix(key, ".hint"); isHint {
			last = kind[strings.LastIndex(kind, ".")+1:]
		}
		if !strings.Contains(text.String(), `"`+key+`"`) && !strings.Contains(text.String(), `"`+last+`"`) && !isDevice(last) && !strings.HasPrefix(key, "rail.") {
			t.Errorf("%s is never said", key)
		}
	}
	for kind := protocol.DeviceSecureUnit; kind <= protocol.DeviceStorage; kind++ {
		if books["en"].phrases["device."+kind.String()] == "" {
			t.Errorf("%v has no name", kind)
		}
	}
}

func isDevice(name string) bool {
	for kind := protocol.DeviceSecureUnit; kind <= protocol.DeviceStorage; kind++ {
		if kind.String() == name {
			return true
		}
	}
	return name == protocol.DeviceFailed.String() || name == protocol.DeviceAttention.String()
}

func TestNumbersAndTimes(t *testing.T) {
	books, err := readBooks()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 15, 20, 0, 0, time.UTC)
	for _, c := range []struct{ have, want string }{
		{books["en"].Money(-123456, 156), "−¥1,234.56"}, {books["de"].Money(123456, 978), "1.234,56\u00a0€"}, {books["zh"].Money(0, 156), "¥0.00"},
		{books["en"].Time(now.Add(-time.Hour), now), "14:20"}, {books["de"].Time(now.Add(-48*time.Hour), now), "20.11.2026 15:20"}, {books["zh"].Date(now), "2026年11月22日"},
		{books["en"].For(59 * time.Second), "less than a minute"}, {books["en"].For(61 * time.Minute), "1 h"}, {books["en"].For(47 * time.Hour), "47 h"}, {books["en"].For(49 * time.Hour), "2 days"},
		{books["en"].gaps([]gap{{7, 7}, {9, 11}}), "7, 9–11"}, {books["en"].gaps(make([]gap, 9)), "0, 0, 0, 0, 0, 0, 0, 0 …"},
	} {
		if c.have != c.want {
			t.Errorf("%q, want %q", c.have, c.want)
		}
	}
}
