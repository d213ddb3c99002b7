package setting

import (
	"fmt"
	"regexp"
	"strings"
)

// A Value is what a key of a configuration is to be where the file does not say.
type Value struct{ Section, Key, Text string }

// Values are what a configuration must say on this machine. authority is its URL, or
// "". The token's library is none of them: SoftHSM 2 is found beside the terminal.
func (f Folders) Values(authority string) []Value {
	values := []Value{
		{"machine", "data", quoted(f.Books())},
		{"machine", "log", quoted(f.Log())},
		{"token", "pin-file", quoted(f.PIN())},
		{"token", "so-pin-file", quoted(f.SOPIN())},
		{"token", "init-token", "true"},
		{"screen", "full-screen", "true"},
	}
	if authority != "" {
		values = append(values, Value{"servers", "authority", quoted(authority)})
	}
	return values
}

// quoted is a TOML string in which a backslash is a backslash.
func quoted(text string) string { return "'" + text + "'" }

var header = regexp.MustCompile(`^\s*\[([^\]]+)\]\s*(#.*)?$`)

// Fill gives a configuration's text each value whose key it does not set: in the place of
// the line that has the key as a comment, else at the head of its section, else in a
// section at the end. What is set stays as it is. The text is not checked: the terminal
// does that (terminal config check).
func Fill(text string, values []Value) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for _, v := range values {
		lines = fill(lines, v)
	}
	return strings.Join(lines, "\r\n")
}

func fill(lines []string, v Value) []string {
	line := fmt.Sprintf("%s = %s", v.Key, v.Text)
	set := regexp.MustCompile(`^\s*` + regexp.QuoteMeta(v.Key) + `\s*=`)
	comment := regexp.MustCompile(`^\s*#\s*` + regexp.QuoteMeta(v.Key) + `\s*=`)
	section, head, commented := "", -1, -1
	for at, l := range lines {
		if found := header.FindStringSubmatch(l); found != nil {
			if section = strings.TrimSpace(found[1]); section == v.Section {
				head = at
			}
			continue
		}
		switch {
		case section != v.Section:
		case set.MatchString(l):
			return lines
		case comment.MatchString(l):
			commented = at
		}
	}
	switch {
	case commented >= 0:
		lines[commented] = line
		return lines
	case head >= 0:
		return append(lines[:head+1], append([]string{line}, lines[head+1:]...)...)
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return append(lines, "", "["+v.Section+"]", line, "")
}
