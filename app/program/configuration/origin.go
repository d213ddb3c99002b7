package configuration

import (
	"regexp"
	"slices"
	"strings"
)

// From is where a value is from.
type From string

// The places, the one that goes before all others first.
const (
	CommandLine From = "command line"
	Environment From = "environment"
	File        From = "file"
	Kept        From = "kept"  // by the program, in a file of its own
	Found       From = "found" // on the machine
	Default     From = "default"
)

// Origin is where one flag's value is from.
type Origin struct {
	From From
	// At is the file's line, "terminal.toml:3:1", the environment's variable, or what
	// was found; empty for the others.
	At string
}

// Origins are where the values of a command's flags are from, by flag. Those that
// no key names are not in it.
type Origins map[string]Origin

// Misplaced is a command's complaint about values of a file or the environment. It
// wraps nothing, so that nobody takes it for a mistake on the command line.
type Misplaced struct {
	// At are the places: "terminal.toml:3:1", or variables.
	At []string
	// What is the complaint.
	What string
}

// Error tells the places and the complaint.
func (m *Misplaced) Error() string { return strings.Join(m.At, ", ") + ": " + m.What }

// Hint is what a person can do.
func (m *Misplaced) Hint() string { return Problems{}.Hint() }

// Places are where the values are from that a command's complaint names by --flags, as
// far as that is a file or the environment.
func (o Origins) Places(complaint string) (places []string) {
	for _, found := range regexp.MustCompile(`--([a-z][a-z0-9-]*)`).FindAllStringSubmatch(complaint, -1) {
		if at := o[found[1]].At; at != "" && !slices.Contains(places, at) {
			places = append(places, at)
		}
	}
	return places
}
