package cddl

import (
	"fmt"
	"slices"
)

// A Schema is a set of rules.
type Schema struct {
	rules map[string]rule
	names []string // in the order of the text
}

// A rule is a type, with the names of its parameters when it is generic.
type rule struct {
	parameters []string
	body       node
}

// Parse reads a CDDL text. Every name that is used must be defined, by the text
// or by the prelude.
func Parse(text string) (*Schema, error) {
	all, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{rest: all, schema: &Schema{rules: make(map[string]rule)}}
	for len(p.rest) > 0 && p.err == nil {
		p.rule()
	}
	for _, use := range p.uses {
		if p.err != nil {
			break
		}
		defined, known := p.schema.rules[use.name]
		if _, builtIn := prelude[use.name]; !known && !builtIn {
			p.err = fmt.Errorf("line %d: %q is not defined", use.line, use.name)
		} else if known && len(defined.parameters) != use.arguments {
			p.err = fmt.Errorf("line %d: %q takes %d arguments, not %d", use.line, use.name, len(defined.parameters), use.arguments)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.schema, nil
}

// Rules are the names that the text defines, in its order.
func (s *Schema) Rules() []string { return slices.Clone(s.names) }

// maxAlternatives bounds what the groups of one map or array multiply out to.
const maxAlternatives = 64

// A use of a name, checked once every rule is known.
type use struct {
	name            string
	arguments, line int
}
