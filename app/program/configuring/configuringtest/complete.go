// Package configuringtest tries the configuration file of a built program as whoever
// installs it meets it: the example that is shipped, with every key, taken by the program.
package configuringtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/app/program/programtest"
)

// Complete fails the test unless the example file of a program is the one that is shipped
// in folder, has every flag of serve as a key, at least least of them, and nothing else, and
// is taken with every key set. It returns a file with every key set.
func Complete(tb testing.TB, p *programtest.Program, folder string, least int) (all string) {
	tb.Helper()
	example := p.OK("config example")
	file := filepath.Join(folder, p.Name+".toml")
	shipped, err := os.ReadFile(file)
	if err != nil || strings.TrimSpace(string(shipped)) != strings.TrimSpace(example) {
		tb.Errorf("write it anew by %s config example >%s (%v):\n%s", p.Name, file, err, example)
	}
	_, help, _ := p.Run("serve", "--help")
	has := slices.DeleteFunc(names(help, `(?m)^  -([a-z-]+)`), func(name string) bool { return name == "config" })
	if keys := names(example, `(?m)^#([a-z-]+) = `); len(keys) < least || !slices.Equal(keys, has) {
		tb.Errorf("the file has\n%q, serve has\n%q", keys, has)
	}
	all = p.Write("all.toml", regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(example, "$1"))
	if out := p.OK("config show", "--config", all); strings.Count(out, all+":") != len(has) {
		tb.Errorf("of %d keys:\n%s", len(has), out)
	}
	return all
}

// names are what the pattern's first group finds, sorted.
func names(text, pattern string) (all []string) {
	for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	slices.Sort(all)
	return all
}
