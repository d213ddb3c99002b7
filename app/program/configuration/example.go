package configuration

import (
	"flag"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// width is where lines of comments are broken.
const width = 96

// Example is a file with every key, as a comment: it changes nothing until a # is
// taken away. A file cannot have what an Example has twice or wrong, so an installer
// begins with it.
func (d Declaration) Example() string {
	var b strings.Builder
	comment := func(text string) {
		line := "#"
		for word := range strings.FieldsSeq(text) {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				b.WriteString(line + "\n")
				line = "#"
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
	for paragraph := range strings.SplitSeq(d.About, "\n") {
		comment(paragraph)
	}
	b.WriteString("#\n")
	comment(fmt.Sprintf("Take away the # before a key to set it. A flag of the same name goes before what is here, and so does "+
		"the environment: %s for the first key below. Secrets do not belong here: files that are named here have them. "+
		"%s config check tells what is wrong.", d.Variable(d.keys()[0].Flag), d.Program))
	flags := d.flags()
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n[%s]\n", s.Name)
		comment(s.About)
		for _, key := range s.Keys {
			f := flags.Lookup(key.Flag)
			about := key.About
			if about == "" {
				about = sentence(f.Usage)
			}
			value, which := f.DefValue, "By default:"
			if key.Example != "" && key.Example != f.DefValue {
				value, which = key.Example, "For example:"
			}
			b.WriteString("\n")
			comment(about + " " + which)
			fmt.Fprintf(&b, "#%s = %s\n", key.Flag, literal(key, f, value))
		}
	}
	return b.String()
}

// File is a file with those keys set, for a program that keeps some for itself. The
// comment is above them.
func (d Declaration) File(comment string, values map[string]string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(comment, "\n") {
		b.WriteString("# " + line + "\n")
	}
	flags := d.flags()
	for _, s := range d.Sections {
		head := fmt.Sprintf("\n[%s]\n", s.Name)
		for _, key := range s.Keys {
			if value, is := values[key.Flag]; is {
				fmt.Fprintf(&b, "%s%s = %s\n", head, key.Flag, literal(key, flags.Lookup(key.Flag), value))
				head = ""
			}
		}
	}
	return b.String()
}

// sentence makes one of a flag's usage.
func sentence(usage string) string {
	usage = strings.ReplaceAll(usage, "`", "")
	first, size := utf8.DecodeRuneInString(usage)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(usage[size:], ".") + "."
}

var (
	number  = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	zeroEnd = regexp.MustCompile(`([hm])0[ms](0s)?$`)
)

// literal is a value as TOML.
func literal(key Key, f *flag.Flag, value string) string {
	switch k := kindOf(f); {
	case k == whole || k == decimal || k == toggle:
		return value
	case k == span:
		return strconv.Quote(zeroEnd.ReplaceAllString(value, "$1"))
	}
	if key.List == "" || value == "" {
		return quoted(value)
	}
	items := strings.Split(value, key.List)
	for i, item := range items {
		if items[i] = strings.TrimSpace(item); !number.MatchString(items[i]) {
			items[i] = quoted(items[i])
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// quoted is a text as a basic string of TOML.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
