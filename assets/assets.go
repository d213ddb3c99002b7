// Package assets is what the programs carry inside themselves: the fonts and the phrases, embedded at build time, and how each
// language writes dates, times and numbers.
//
// Phrases live in translations/, a folder a language and in it a JSON file for each first word of the keys: flat, sorted by
// key, one phrase a line, so that additions merge easily. Keys are grouped by who shows them: terminal.*, wallet.*, enrol.*, device.* and error.* (what the terminal says of
// something refused). A key that ends in .heading is two to four words; its .text says what happened and what to do; see
// [Phrasebook.Notice]. Placeholders are named and written {amount}; [Phrasebook.Say] fills them.
//
// Guarantees, held by tests: every language has the same keys and the same placeholders, every character of every phrase is
// in both embedded fonts, every key that a program names exists in English, every key is named by a program, and no words
// stand in the screens' own sources. A new language is a new folder and its layouts in formats.go.
//
// Everything here may be used by several goroutines.
package assets

import (
	"embed"
	"fmt"
)

//go:embed fonts/*.ttf fonts/OFL.txt translations/*/*.json
var files embed.FS

// Weight is a weight of the embedded font family.
type Weight string

// The weights that are embedded.
const (
	Regular Weight = "Regular"
	Bold    Weight = "Bold"
)

// Font is Noto Sans SC as a TrueType file of about 1.1 MB; see fonts/README.md for the characters in it. Any other
// Weight counts as Regular.
func Font(weight Weight) []byte {
	if weight != Bold {
		weight = Regular
	}
	return embedded(FontName(weight))
}

// FontName is the path of a weight's file within this folder, a stable name for caches.
func FontName(weight Weight) string { return "fonts/NotoSansSC-" + string(weight) + "-subset.ttf" }

// FontLicence is the text of the font's licence, the SIL Open Font License 1.1.
func FontLicence() string { return string(embedded("fonts/OFL.txt")) }

// embedded reads a file that the build has put in; its absence is a broken build, not a condition to handle.
func embedded(name string) []byte {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("assets: %v", err))
	}
	return data
}
