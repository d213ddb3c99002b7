package cddl

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"

	"github.com/fxamacker/cbor/v2"
)

// Validate says whether b is one CBOR item as the rule describes it; the error
// says where it is not.
func (s *Schema) Validate(rule string, b []byte) error {
	r, known := s.rules[rule]
	if !known || len(r.parameters) != 0 {
		return fmt.Errorf("no rule %q", rule)
	}
	value, err := decode(b)
	if err != nil {
		return err
	}
	if err := r.body.match(value, scope{schema: s}); err != nil {
		return fmt.Errorf("%s: %w", rule, err)
	}
	return nil
}

func decode(b []byte) (any, error) {
	mode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, UTF8: cbor.UTF8RejectInvalid}.DecMode()
	if err != nil {
		return nil, err
	}
	var value any
	if err := mode.Unmarshal(b, &value); err != nil {
		return nil, err
	}
	return value, nil
}

// A scope is where names are looked up: among the arguments of the generic rule
// being matched first, each in the scope that it was given in.
type scope struct {
	schema    *Schema
	arguments map[string]bound
	depth     int // rules within rules so far
}

// maxDepth ends rules that refer to themselves without end.
const maxDepth = 64

type bound struct {
	node  node
	scope scope
}

// A node is a type of CDDL.
type node interface {
	match(value any, in scope) error
}

type (
	choice    []node
	literal   struct{ value any } // *big.Int, string or []byte
	interval  struct{ low, high *big.Int }
	reference struct {
		name      string
		arguments []node
	}
	control struct {
		target   node
		op       string
		argument node
	}
	array   struct{ alternatives [][]entry }
	mapping struct{ alternatives [][]entry }
)

// An entry is one member of an array or map.
type entry struct {
	least, most int
	key         literal // its value is nil in arrays
	value       node
}

const unbounded = int(^uint(0) >> 1)

// errOther says that a value is of another type than the one described.
var errOther = errors.New("another type of value")

// prelude are the types that every CDDL text has (RFC 8610 appendix D), as far
// as they are needed.
var prelude = map[string]func(value any) bool{
	"uint":  func(v any) bool { n := integer(v); return n != nil && n.Sign() >= 0 },
	"int":   func(v any) bool { return integer(v) != nil },
	"bstr":  func(v any) bool { _, is := v.([]byte); return is },
	"tstr":  func(v any) bool { _, is := v.(string); return is },
	"bool":  func(v any) bool { _, is := v.(bool); return is },
	"true":  func(v any) bool { return v == true },
	"false": func(v any) bool { return v == false },
	"nil":   func(v any) bool { return v == nil },
	"any":   func(any) bool { return true },
}

func integer(v any) *big.Int {
	switch v := v.(type) {
	case uint64:
		return new(big.Int).SetUint64(v)
	case int64:
		return big.NewInt(v)
	}
	return nil
}

func (c choice) match(value any, in scope) error {
	var all []error
	for _, n := range c {
		err := n.match(value, in)
		if err == nil {
			return nil
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

func (l literal) match(value any, _ scope) error {
	same := false
	switch want := l.value.(type) {
	case *big.Int:
		n := integer(value)
		same = n != nil && n.Cmp(want) == 0
	case string:
		same = value == want
	case []byte:
		b, is := value.([]byte)
		same = is && bytes.Equal(b, want)
	}
	if !same {
		return fmt.Errorf("is not %v", l.value)
	}
	return nil
}

func (i interval) match(value any, _ scope) error {
	n := integer(value)
	if n == nil {
		return errOther
	}
	if n.Cmp(i.low) < 0 || n.Cmp(i.high) > 0 {
		return fmt.Errorf("%v is not in %v..%v", n, i.low, i.high)
	}
	return nil
}

func (r reference) match(value any, in scope) error {
	if in.depth++; in.depth > maxDepth {
		return fmt.Errorf("%s: more than %d rules within one another", r.name, maxDepth)
	}
	if argument, given := in.arguments[r.name]; given {
		argument.scope.depth = in.depth
		return argument.node.match(value, argument.scope)
	}
	if defined, known := in.schema.rules[r.name]; known {
		inner := scope{schema: in.schema, arguments: make(map[string]bound), depth: in.depth}
		for i, name := range defined.parameters {
			inner.arguments[name] = bound{r.arguments[i], in}
		}
		if err := defined.body.match(value, inner); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		return nil
	}
	if !prelude[r.name](value) {
		return fmt.Errorf("is no %s: %w", r.name, errOther)
	}
	return nil
}

func (c control) match(value any, in scope) error {
	if err := c.target.match(value, in); err != nil {
		return err
	}
	switch v := value.(type) {
	case []byte:
		if c.op == ".cbor" {
			inner, err := decode(v)
			if err != nil {
				return fmt.Errorf("in a byte string: %w", err)
			}
			return c.argument.match(inner, in)
		}
		return c.argument.match(uint64(len(v)), in)
	case string:
		if c.op == ".size" {
			return c.argument.match(uint64(len(v)), in)
		}
	}
	return errOther
}

func (a array) match(value any, in scope) error {
	elements, is := value.([]any)
	if !is {
		return errOther
	}
	return firstOf(a.alternatives, func(entries []entry) error {
		rest := elements
		for i, e := range entries {
			count := 0
			for count < e.most && len(rest) > 0 {
				err := e.value.match(rest[0], in)
				if err != nil && count < e.least {
					return fmt.Errorf("element %d: %w", i, err)
				}
				if err != nil {
					break
				}
				rest, count = rest[1:], count+1
			}
			if count < e.least {
				return fmt.Errorf("element %d is missing", i)
			}
		}
		if len(rest) > 0 {
			return fmt.Errorf("%d elements too many", len(rest))
		}
		return nil
	})
}

func (m mapping) match(value any, in scope) error {
	members, is := value.(map[any]any)
	if !is {
		return errOther
	}
	return firstOf(m.alternatives, func(entries []entry) error {
		used := 0
		for _, e := range entries {
			member, present := find(members, e.key)
			if !present && e.least == 0 {
				continue
			}
			if !present {
				return fmt.Errorf("key %v is missing", e.key.value)
			}
			if err := e.value.match(member, in); err != nil {
				return fmt.Errorf("key %v: %w", e.key.value, err)
			}
			used++
		}
		if used < len(members) {
			return fmt.Errorf("%d keys too many", len(members)-used)
		}
		return nil
	})
}

func find(members map[any]any, key literal) (member any, present bool) {
	for k, v := range members {
		if key.match(k, scope{}) == nil {
			return v, true
		}
	}
	return nil, false
}

func firstOf(alternatives [][]entry, match func([]entry) error) error {
	var all []error
	for _, entries := range alternatives {
		err := match(entries)
		if err == nil {
			return nil
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}
