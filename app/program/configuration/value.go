package configuration

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// value is a value of the file as it would be on a command line.
func (d *decoding) value(key Key, n *unstable.Node, line, column int) (took string, ok bool) {
	k := kindOf(d.flags.Lookup(key.Flag))
	raw := string(n.Data)
	switch {
	case n.Kind == unstable.Array && key.List != "":
		return d.list(key, n, line, column)
	case n.Kind == unstable.String && (k == text || k == span),
		n.Kind == unstable.Bool && k == toggle,
		n.Kind == unstable.Float && k == decimal:
		return raw, true
	case n.Kind == unstable.Integer && (k == whole || k == decimal):
		number, err := strconv.ParseInt(raw, 0, 64)
		if err != nil {
			d.wrong(line, column, "%s: the number %s is too large", key.Flag, shown(raw))
			return "", false
		}
		return strconv.FormatInt(number, 10), true
	}
	wants := k.wants()
	switch {
	case n.Kind == unstable.Integer && k == span:
		wants = fmt.Sprintf(`a time in quotes: "%ss" are %s seconds`, raw, raw)
	case k == text && key.List != "":
		wants = "text in quotes, or [ … ] with several"
	case k == text && written(n.Kind):
		wants = fmt.Sprintf("text in quotes: %q", raw)
	case n.Kind == unstable.String && k != span && k != text:
		wants += " without quotes"
	}
	d.wrong(line, column, "%s takes %s, not %s", key.Flag, wants, called(n))
	return "", false
}

// list joins the items of an array. Items are texts, or whole numbers such as amounts.
func (d *decoding) list(key Key, n *unstable.Node, line, column int) (joined string, ok bool) {
	var items []string
	for item := n.Children(); item.Next(); {
		i := item.Node()
		text := string(i.Data)
		switch {
		case i.Kind != unstable.String && i.Kind != unstable.Integer:
			d.wrong(line, column, "%s takes text in quotes or whole numbers between its brackets, not %s", key.Flag, called(i))
			return "", false
		case strings.Contains(text, key.List):
			d.wrong(line, column, "%s: an item cannot have a %s in it: %s", key.Flag, key.List, shown(text))
			return "", false
		}
		items = append(items, text)
	}
	return strings.Join(items, key.List), true
}

// written tells whether a kind of value is written as it would be within quotes.
func written(k unstable.Kind) bool {
	switch k {
	case unstable.Integer, unstable.Float, unstable.Bool, unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		return true
	}
	return false
}

// called is what a value is, in words.
func called(n *unstable.Node) string {
	switch n.Kind {
	case unstable.String:
		return "the text " + shown(string(n.Data))
	case unstable.Integer, unstable.Float:
		return "the number " + string(n.Data)
	case unstable.Bool:
		return string(n.Data)
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "the date or time " + string(n.Data)
}

// shown is a text in quotes, cut and without what is secret.
func shown(text string) string {
	text = Redacted(text)
	if len(text) > 40 {
		text = strings.ToValidUTF8(text[:40], "") + "…"
	}
	return strconv.Quote(text)
}

// Redacted is a value as it may be shown: where it is an address, without the name and
// password before its host and without its query, in which cameras take passwords.
func Redacted(value string) string {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		return value
	}
	rest, _, asks := strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "…@" + rest[i+1:]
	}
	if asks {
		rest += "?…"
	}
	return scheme + "://" + rest
}
