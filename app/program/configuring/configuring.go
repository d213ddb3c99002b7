// Package configuring are the commands by which people handle a program's
// configuration file:
//
//	config check    say what is wrong with file and environment, all in one go
//	config example  print a file with every key, commented
//	config show     print each value with where it is from
//	config fetch    replace the file by one from a provisioning server
//
// # Guarantees
//
//   - config show prints no password: a value is shown as configuration.Redacted
//     leaves it, and PINs are in files of their own anyway.
//   - config fetch replaces the file by all of a fetched one or not at all, whenever
//     it is interrupted. What it replaces it with was taken by the program itself
//     first, with this machine's environment. The file before is kept as FILE.old.
//   - config fetch speaks TLS alone and takes at most configuration.MaxSize bytes
//     within [FetchTime]. What it says names no password and no query of an address.
//
// # Limits
//
// A running program does not see a changed file: it is to be started again. The
// server proves itself by a certificate, the file by nothing of its own unless its
// SHA-256 is given.
package configuring

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"text/tabwriter"

	"countersign/app/program"
	"countersign/app/program/configuration"
)

// Commands make the commands of one program.
type Commands struct {
	Declaration configuration.Declaration
	// Check reads a command line as the program's main command would, and says what
	// is wrong with the values, taken together; not what is missing. nil for nothing.
	Check func(args []string, errOut io.Writer) error
}

// In returns a program's commands with these.
func (c Commands) In(commands map[string]program.Command) map[string]program.Command {
	all := map[string]program.Command{"config check": c.check, "config example": c.example, "config show": c.show, "config fetch": c.fetch}
	maps.Copy(all, commands)
	return all
}

// check is "config check".
func (c Commands) check(_ context.Context, args []string, out, errOut io.Writer) error {
	flags := program.NewFlags(c.Declaration.Program+" config check", errOut)
	c.Declaration.Register(flags)
	origins, err := program.ParseConfigured(flags, args, c.Declaration)
	if err != nil {
		return err
	}
	if c.Check != nil {
		if err := c.Check(args, errOut); err != nil {
			return err
		}
	}
	from := map[configuration.From]int{}
	for _, o := range origins {
		from[o.From]++
	}
	said := "no file"
	if file, needed := c.Declaration.Named(flags, c.Declaration.Here()); needed || from[configuration.File] > 0 {
		said = fmt.Sprintf("%s: %d keys", file, from[configuration.File])
	}
	_, err = fmt.Fprintf(out, "%s, %d by environment; nothing is wrong\n", said, from[configuration.Environment])
	return err
}

// example is "config example".
func (c Commands) example(_ context.Context, args []string, out, errOut io.Writer) error {
	if err := program.Parse(program.NewFlags(c.Declaration.Program+" config example", errOut), args); err != nil {
		return err
	}
	_, err := io.WriteString(out, c.Declaration.Example())
	return err
}

// show is "config show".
func (c Commands) show(_ context.Context, args []string, out, errOut io.Writer) error {
	flags := program.NewFlags(c.Declaration.Program+" config show", errOut)
	c.Declaration.Register(flags)
	lines := flags.Bool("json", false, "a JSON object a line instead of a table")
	origins, err := program.ParseConfigured(flags, args, c.Declaration)
	if err != nil {
		return err
	}
	settings := c.Declaration.Settings(flags, origins)
	if *lines {
		encoder := json.NewEncoder(out)
		for _, s := range settings {
			if err := encoder.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	section := ""
	for _, s := range settings {
		if s.Section != section {
			fmt.Fprintf(table, "[%s]\n", s.Section)
			section = s.Section
		}
		from := s.At
		if from == "" {
			from = string(s.From)
		}
		value := s.Value
		if value == "" || strings.ContainsAny(value, "\t\n\v\f") {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.Key, value, from)
	}
	return table.Flush()
}
