package cddl

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A parser is a recursive descent over the tokens; the first error stops it.
type parser struct {
	rest   []token
	schema *Schema
	scope  []string // the parameters of the rule being read
	uses   []use
	err    error
}

func (p *parser) fail(format string, a ...any) {
	if p.err == nil {
		line := 0
		if len(p.rest) > 0 {
			line = p.rest[0].line
		}
		p.err = fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, a...))
	}
	p.rest = nil
}

func (p *parser) peek() string {
	if len(p.rest) == 0 {
		return ""
	}
	return p.rest[0].text
}

func (p *parser) next() string {
	text := p.peek()
	if text == "" {
		p.fail("the text ends too early")
		return ""
	}
	p.rest = p.rest[1:]
	return text
}

// accept takes the token if it comes next.
func (p *parser) accept(text string) bool {
	if p.peek() != text {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail("want %q, have %q", text, p.peek())
	}
}

func isName(text string) bool {
	return text != "" && (text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z' || strings.IndexByte("_@$", text[0]) >= 0)
}

func (p *parser) name() string {
	text := p.next()
	if !isName(text) && p.err == nil {
		p.fail("%q is not a name", text)
	}
	return text
}

// rule = name ["<" name *("," name) ">"] "=" type
func (p *parser) rule() {
	name := p.name()
	p.scope = nil
	if p.accept("<") {
		for p.scope = append(p.scope, p.name()); p.accept(","); {
			p.scope = append(p.scope, p.name())
		}
		p.expect(">")
	}
	p.expect("=")
	body := p.choice()
	if _, twice := p.schema.rules[name]; twice {
		p.fail("%q is defined twice", name)
	}
	p.schema.rules[name] = rule{parameters: p.scope, body: body}
	p.schema.names = append(p.schema.names, name)
}

// choice = type1 *("/" type1)
func (p *parser) choice() node {
	all := choice{p.operand()}
	for p.accept("/") {
		all = append(all, p.operand())
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// operand = simple [".." simple / control simple]
func (p *parser) operand() node {
	left := p.simple()
	switch op := p.peek(); op {
	case "..":
		p.next()
		low, lowOK := left.(literal)
		high, highOK := p.simple().(literal)
		if !lowOK || !highOK {
			p.fail("a range needs two integers")
			return left
		}
		a, aOK := low.value.(*big.Int)
		b, bOK := high.value.(*big.Int)
		if !aOK || !bOK || a.Cmp(b) > 0 {
			p.fail("a range needs two integers in order")
			return left
		}
		return interval{a, b}
	case ".size", ".cbor":
		p.next()
		return control{target: left, op: op, argument: p.simple()}
	}
	return left
}

func (p *parser) simple() node {
	switch text := p.next(); {
	case text == "":
		return nil
	case text == "(":
		inner := p.choice()
		p.expect(")")
		return inner
	case text == "{":
		return p.mapping()
	case text == "[":
		return array{p.group("]")}
	case text == "&":
		p.expect("(")
		var all choice
		for _, alternative := range p.group(")") {
			for _, e := range alternative {
				all = append(all, e.value)
			}
		}
		return all
	case text[0] == '"':
		return literal{strings.Trim(text, `"`)}
	case strings.HasPrefix(text, "h'"):
		b, err := hex.DecodeString(text[2 : len(text)-1])
		if err != nil {
			p.fail("%s: %v", text, err)
		}
		return literal{b}
	case text[0] == '-' || text[0] >= '0' && text[0] <= '9':
		n, _ := new(big.Int).SetString(text, 10)
		return literal{n}
	case isName(text):
		return p.reference(text)
	default:
		p.fail("%q is not a type", text)
		return nil
	}
}

// mapping = "{" group "}". Every member of a map has a key, and has it once.
func (p *parser) mapping() node {
	m := mapping{p.group("}")}
	for _, entries := range m.alternatives {
		for _, e := range entries {
			if e.key.value == nil || e.most != 1 {
				p.fail("a member of a map needs a key, and occurs once or not at all")
			}
		}
	}
	return m
}

// reference = name ["<" type *("," type) ">"]
func (p *parser) reference(name string) node {
	r := reference{name: name}
	line := 0
	if len(p.rest) > 0 {
		line = p.rest[0].line
	}
	if p.accept("<") {
		for r.arguments = append(r.arguments, p.choice()); p.accept(","); {
			r.arguments = append(r.arguments, p.choice())
		}
		p.expect(">")
	}
	if !slices.Contains(p.scope, name) {
		p.uses = append(p.uses, use{name, len(r.arguments), line})
	}
	return r
}

// group = entries *("//" entries), up to the closing token. What it returns are
// the alternatives, groups in parentheses multiplied out.
func (p *parser) group(closing string) [][]entry {
	var all [][]entry
	for p.err == nil {
		alternatives := [][]entry{nil}
		for p.err == nil && p.peek() != closing && p.peek() != "//" {
			var longer [][]entry
			for _, added := range p.entry() {
				for _, so := range alternatives {
					longer = append(longer, slices.Concat(so, added))
				}
			}
			alternatives = longer
			if len(alternatives) > maxAlternatives {
				p.fail("too many alternatives")
			}
			if !p.accept(",") {
				break
			}
		}
		all = append(all, alternatives...)
		if len(all) > maxAlternatives {
			p.fail("too many alternatives")
		}
		if !p.accept("//") {
			break
		}
	}
	p.expect(closing)
	return all
}

// entry = [occurrence] ([key ":"] type / "(" group ")")
func (p *parser) entry() [][]entry {
	if p.accept("(") {
		return p.group(")")
	}
	e := entry{least: 1, most: 1}
	switch {
	case p.accept("?"):
		e.least = 0
	case p.accept("*"):
		e.least, e.most = 0, unbounded
	case p.accept("+"):
		e.most = unbounded
	}
	if len(p.rest) > 1 && p.rest[1].text == ":" {
		if isName(p.peek()) {
			e.key = literal{p.next()} // a name before a colon is a text key
		} else if key, isLiteral := p.simple().(literal); isLiteral {
			e.key = key
		} else {
			p.fail("a key must be a literal")
		}
		p.expect(":")
	}
	e.value = p.choice()
	return [][]entry{{e}}
}
