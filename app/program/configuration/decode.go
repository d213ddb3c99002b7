package configuration

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Value is a value as on a command line, and where it is in the file.
type Value struct {
	Text         string
	File         string
	Line, Column int
}

// At is "file:line:column".
func (v Value) At() string { return fmt.Sprintf("%s:%d:%d", v.File, v.Line, v.Column) }

// Read reads and checks a file. Its error is of the system, or [Problems].
func (d Declaration) Read(name string) (map[string]Value, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the configuration file: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration file: %w", err)
	}
	return d.Decode(name, data)
}

// Decode checks a file's bytes and returns its values by key. The name is for
// messages. Its error is [Problems].
func (d Declaration) Decode(name string, data []byte) (map[string]Value, error) {
	decoder := &decoding{Declaration: d, name: name, flags: d.flags(), values: map[string]Value{}, sections: map[string]int{}}
	switch {
	case len(data) > MaxSize:
		decoder.problems = Problems{{File: name, What: fmt.Sprintf("has more than %d bytes, which no configuration needs", MaxSize)}}
	case !utf8.Valid(data):
		decoder.notText(data)
	default:
		decoder.read(bytes.TrimPrefix(data, []byte("\ufeff"))) // of Windows' editors
	}
	if err := decoder.problems.told(); err != nil {
		return nil, err
	}
	return decoder.values, nil
}

// decoding is the reading of one file.
type decoding struct {
	Declaration
	name     string
	flags    *flag.FlagSet
	values   map[string]Value
	sections map[string]int // name: line
	section  *Section       // that keys are in; nil before the first
	skip     bool           // the keys of a section that is wrong itself
	problems Problems

	parser unstable.Parser
	begin  int // line of the parser's first
}

func (d *decoding) wrong(line, column int, format string, a ...any) {
	d.problems = append(d.problems, Problem{d.name, line, column, fmt.Sprintf(format, a...)})
}

// mostFound is where the reading of a file that is none of ours ends.
const mostFound = 100

// notText tells where a file stops being text.
func (d *decoding) notText(data []byte) {
	for line, text := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(text) {
			column := 0
			for r, size := utf8.DecodeRune(text); r != utf8.RuneError || size != 1; r, size = utf8.DecodeRune(text[column:]) {
				column += size
			}
			d.wrong(line+1, column+1, "is not UTF-8; save the file as UTF-8")
			return
		}
	}
}

// read goes through the file. After a line that is no TOML it goes on with the next.
func (d *decoding) read(data []byte) {
	broken := false
	for whole := data; ; {
		d.parser.Reset(data)
		d.begin = bytes.Count(whole[:len(whole)-len(data)], []byte("\n"))
		for len(d.problems) < mostFound && d.parser.NextExpression() {
			d.expression(d.parser.Expression())
		}
		var failed *unstable.ParserError
		if !errors.As(d.parser.Error(), &failed) || len(d.problems) >= mostFound {
			break
		}
		broken = true
		offset := int(d.parser.Range(failed.Highlight).Offset)
		line := d.syntax(data, offset, failed.Message)
		_, rest, more := bytes.Cut(data[line:], []byte("\n"))
		if !more {
			break
		}
		data = rest
	}
	if broken || len(d.problems) > 0 {
		return
	}
	// What this reading lets pass and TOML does not, such as a date that is none.
	var all map[string]any
	var failed *toml.DecodeError
	if err := toml.Unmarshal(data, &all); errors.As(err, &failed) {
		line, column := failed.Position()
		d.wrong(line, column, "%s", strings.TrimPrefix(failed.Error(), "toml: "))
	} else if err != nil {
		d.wrong(1, 1, "%v", err)
	}
}

// syntax tells of something that is no TOML, and returns where its line begins.
func (d *decoding) syntax(data []byte, offset int, message string) (begin int) {
	offset = min(offset, len(data))
	begin = bytes.LastIndexByte(data[:offset], '\n') + 1
	line, _, _ := strings.Cut(string(data[begin:]), "\n")
	key, value, assigned := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	hint := ""
	switch {
	case !assigned && key != "" && !strings.HasPrefix(key, "["):
		hint = "; a line is [section], key = value or # comment"
	case strings.Contains(message, "escape") || strings.HasPrefix(value, `"`) && strings.Contains(value, `\`):
		hint = `; within "…" a backslash is written twice, within '…' once`
	case assigned && value == "":
		hint = "; leave the line away for the default"
	case assigned && !strings.ContainsAny(value, `"'[]{}#`) && d.sectionOf(key) != "":
		hint = fmt.Sprintf("; %s takes %s", key, kindOf(d.flags.Lookup(key)).wants())
		if kindOf(d.flags.Lookup(key)) == text {
			hint = fmt.Sprintf("; text is in quotes: %s = %s", key, shown(value))
		}
	}
	d.wrong(d.begin+bytes.Count(data[:begin], []byte("\n"))+1, offset-begin+1, "%s%s", message, hint)
	return begin
}

// place is where a node is.
func (d *decoding) place(n *unstable.Node) (line, column int) {
	at := d.parser.Shape(n.Raw).Start
	return d.begin + at.Line, at.Column
}

// expression is a section's head or a key with its value.
func (d *decoding) expression(e *unstable.Node) {
	var names []string
	var first *unstable.Node
	for key := e.Key(); key.Next(); {
		if first == nil {
			first = key.Node()
		}
		names = append(names, string(key.Node().Data))
	}
	line, column := d.place(first)
	if e.Kind == unstable.KeyValue {
		d.key(names, e.Value(), line, column)
		return
	}
	d.head(strings.Join(names, "."), e.Kind == unstable.ArrayTable, line, column)
}

// head begins a section.
func (d *decoding) head(name string, doubled bool, line, column int) {
	section, known := d.Declaration.section(name)
	d.section, d.skip = &section, !known
	before, twice := d.sections[name]
	switch {
	case !known:
		var names []string
		for _, s := range d.Sections {
			names = append(names, s.Name)
		}
		near := meant(name, names, "[%s]")
		if near == "" {
			near = "; the sections are " + strings.Join(names, ", ")
		}
		d.wrong(line, column, "unknown section [%s]%s", name, near)
	case doubled:
		d.wrong(line, column, "a section is written with single brackets: [%s]", name)
	case twice:
		d.wrong(line, column, "section [%s] is there twice, first in line %d; put its keys together", name, before)
	default:
		d.sections[name] = line
	}
}

// key takes a key with its value.
func (d *decoding) key(names []string, value *unstable.Node, line, column int) {
	name := strings.Join(names, ".")
	switch home := d.sectionOf(name); {
	case d.skip:
		return
	case len(names) > 1:
		d.wrong(line, column, "a key has no dots: write %s = … below [%s]", names[len(names)-1], strings.Join(names[:len(names)-1], "."))
		return
	case d.section == nil && value.Kind == unstable.InlineTable && home == "":
		d.wrong(line, column, "a section is written as a line [%s] with its keys below", name)
		return
	case d.section == nil && home != "":
		d.wrong(line, column, "%s is before the first section; it belongs below [%s]", name, home)
		return
	case home == "":
		d.unknown(name, line, column)
		return
	case home != d.section.Name:
		d.wrong(line, column, "%s does not belong in [%s] but in [%s]", name, d.section.Name, home)
		return
	}
	if before, twice := d.values[name]; twice {
		d.wrong(line, column, "%s is there twice, first in line %d; take one away", name, before.Line)
		return
	}
	i := slices.IndexFunc(d.section.Keys, func(k Key) bool { return k.Flag == name })
	took, ok := d.value(d.section.Keys[i], value, line, column)
	d.values[name] = Value{took, d.name, line, column}
	if ok && d.flags.Set(name, took) != nil {
		d.wrong(line, column, "%s takes %s, not %s", name, kindOf(d.flags.Lookup(name)).wants(), shown(took))
	}
}

// unknown tells of a key that nothing has.
func (d *decoding) unknown(name string, line, column int) {
	var here, all []string
	for _, k := range d.keys() {
		all = append(all, k.Flag)
	}
	where := ""
	if d.section != nil {
		for _, k := range d.section.Keys {
			here = append(here, k.Flag)
		}
		where = " in [" + d.section.Name + "]"
	}
	near := meant(name, here, "%s")
	if near == "" {
		near = meant(name, all, "%s")
		if near != "" {
			key := strings.TrimSuffix(strings.TrimPrefix(near, "; did you mean "), "?")
			near = fmt.Sprintf("; did you mean %s of [%s]?", key, d.sectionOf(key))
		}
	}
	if near == "" && here != nil {
		near = "; its keys are " + strings.Join(here, ", ")
	}
	d.wrong(line, column, "unknown key %s%s%s", name, where, near)
}
