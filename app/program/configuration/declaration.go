// Package configuration lets a program's flags be given in a file and by the
// environment as well.
//
// A program declares which of its flags are in which section of its file, with a
// sentence about each ([Declaration]). The file is TOML 1.0 in its plainest form:
// sections, and below them keys that are the flags' names.
//
//	[shop]
//	merchant = "M-0001"
//	quick = [10, 20, 50]
//
// # Precedence
//
// Command line, before environment (COUNTERSIGN_TERMINAL_MERCHANT=M-0001), before
// file, before what the program has kept or found for itself ([Declaration.Beside]),
// before default. The file is the one of --config; without it the one of
// COUNTERSIGN_TERMINAL_CONFIG; without that, for a program that was installed, the
// machine's ([StandardFile]), if it is there. An empty name is no file at all.
//
// # Guarantees
//
//   - A file is taken whole or not at all. What is unknown, given twice or of the
//     wrong type is refused, even where the command at hand would not use it or a
//     flag goes before it.
//   - All problems of a file are told in one go, each with line, column and what
//     would be right.
//   - A flag never becomes a key by accident: what the declaration does not name
//     is on the command line or nowhere, and so are a command's own flags that
//     only share a key's name ([Declaration.Own]).
//   - A file has at most [MaxSize] bytes.
//
// # Limits
//
// The file is no place for secrets: PINs and passwords are in files that it names.
// Nothing here looks at what values mean together; commands do, and
// [Origins.Explain] then says where a value came from.
package configuration

import (
	"flag"
	"slices"
	"strings"
	"time"
)

// MaxSize is the size of the largest file in bytes.
const MaxSize = 256 << 10

// Declaration is what a program's file may have. It is not changed once made, and
// safe for concurrent use.
type Declaration struct {
	// Program is the program's name, "terminal".
	Program string
	// About are the sentences at the top of the example file.
	About string
	// Sections are in the order of the example file.
	Sections []Section
	// Register registers all flags that keys name, on settings of nobody.
	Register func(*flag.FlagSet)
	// Own are the flags of commands that share their name with a key and mean
	// something else, by command without the program's name: "staff add".
	Own map[string][]string
	// Beside gives, by key, what the program has kept or found for itself, for the keys
	// that neither command line nor environment nor file give; those are set by then. nil
	// for nothing. Its error is of the system, or [Problems].
	Beside func(*flag.FlagSet) (map[string]Given, error)
}

// Given is a value as on a command line, and where it is from.
type Given struct {
	Text string
	Origin
}

// Section is a part of the file.
type Section struct {
	Name, About string // "printer", and a sentence
	Keys        []Key
}

// Key is a flag in the file.
type Key struct {
	// Flag is the name of flag and key.
	Flag string
	// About says in a sentence what it is for; empty takes the flag's usage.
	About string
	// Example is a value as on a command line, for flags that have no default
	// which says enough.
	Example string
	// List is what is between the items of a flag with several, "," or "|": the
	// file may have an array then.
	List string
}

// FileVariable is the environment's variable with the file's name.
func (d Declaration) FileVariable() string { return d.prefix() + "CONFIG" }

// Variable is the environment's variable for a key.
func (d Declaration) Variable(key string) string {
	return d.prefix() + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

func (d Declaration) prefix() string { return "COUNTERSIGN_" + strings.ToUpper(d.Program) + "_" }

// keys are all keys in their order.
func (d Declaration) keys() (all []Key) {
	for _, s := range d.Sections {
		all = append(all, s.Keys...)
	}
	return all
}

// sectionOf is the name of the section that a key belongs in, or "".
func (d Declaration) sectionOf(key string) string {
	for _, s := range d.Sections {
		if slices.ContainsFunc(s.Keys, func(k Key) bool { return k.Flag == key }) {
			return s.Name
		}
	}
	return ""
}

// section finds a section by name.
func (d Declaration) section(name string) (Section, bool) {
	i := slices.IndexFunc(d.Sections, func(s Section) bool { return s.Name == name })
	if i < 0 {
		return Section{}, false
	}
	return d.Sections[i], true
}

// flags are those that keys name, of settings that nobody uses.
func (d Declaration) flags() *flag.FlagSet {
	flags := flag.NewFlagSet(d.Program, flag.ContinueOnError)
	flags.Usage = func() {}
	d.Register(flags)
	return flags
}

// kind is what a flag takes.
type kind int

const (
	text    kind = iota
	whole        // number
	decimal      // number
	toggle       // true or false
	span         // of time
)

// kindOf tells by a flag's value what it takes.
func kindOf(f *flag.Flag) kind {
	getter, ok := f.Value.(flag.Getter)
	if !ok {
		return text
	}
	switch getter.Get().(type) {
	case int, int64, uint, uint64:
		return whole
	case float64:
		return decimal
	case bool:
		return toggle
	case time.Duration:
		return span
	}
	return text
}

// wants says what a kind is written as in a file.
func (k kind) wants() string {
	switch k {
	case whole:
		return "a whole number such as 2"
	case decimal:
		return "a number such as 1.5"
	case toggle:
		return "true or false"
	case span:
		return `a time in quotes such as "30s"`
	}
	return "text in quotes"
}
