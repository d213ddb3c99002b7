package cddl

import (
	"fmt"
	"regexp"
	"strings"
)

// tokens in the order in which they are tried. The first group is what is kept.
var tokens = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`(h'[0-9a-fA-F]*')`,                     // byte string
	`("[^"\\]*")`,                           // text
	`(\.(?:size|cbor)\b)`,                   // control
	`(-?[0-9]+)`,                            // integer
	`([A-Za-z_@$](?:[-.]?[A-Za-z0-9_@$])*)`, // name: may not end in - or .
	`(\.\.)`, `(//)`, `([=/<>{}\[\](),:?*+&])`,
}, `|`) + `)`)

// A token is a piece of text and the line where it stands.
type token struct {
	text string
	line int
}

// scan cuts a text into tokens; comments and white space are dropped.
func scan(text string) ([]token, error) {
	var all []token
	for i, line := range strings.Split(text, "\n") {
		if comment := strings.IndexByte(line, ';'); comment >= 0 {
			line = line[:comment] // no text literal of ours holds a semicolon
		}
		for line = strings.TrimLeft(line, " \t\r"); line != ""; line = strings.TrimLeft(line, " \t\r") {
			found := tokens.FindString(line)
			if found == "" {
				return nil, fmt.Errorf("line %d: cannot read %q", i+1, line)
			}
			all = append(all, token{found, i + 1})
			line = line[len(found):]
		}
	}
	return all, nil
}
