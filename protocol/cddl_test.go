package protocol_test

import (
	"os"
	"strings"
	"testing"

	"countersign/protocol/cddl"
)

func readSchema(t *testing.T) *cddl.Schema {
	t.Helper()
	text, err := os.ReadFile("messages.cddl")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := cddl.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// The description and the vectors agree on everything that CDDL can say.
func TestCDDLDescribesVectors(t *testing.T) {
	schema := readSchema(t)
	matched, refused := make(map[string]int), make(map[string]int)
	for _, file := range readVectors(t) {
		for _, v := range file.Cases {
			if v.CDDL == nil {
				continue
			}
			err := schema.Validate(v.CDDL.Rule, v.Given.Bytes)
			if v.CDDL.Matches {
				matched[v.CDDL.Rule]++
			} else {
				refused[v.CDDL.Rule]++
			}
			if (err == nil) != v.CDDL.Matches {
				t.Errorf("%s, %s: rule %s gives %v, want a match: %v", file.Kind, v.Name, v.CDDL.Rule, err, v.CDDL.Matches)
			}
			if !v.CDDL.Matches && v.Want.Error == "" {
				t.Errorf("%s, %s: valid, but not what messages.cddl describes", file.Kind, v.Name)
			}
		}
	}
	for kind := range codecs() {
		if matched[kind] == 0 || refused[kind] == 0 {
			t.Errorf("rule %s was tried with %d messages that match and %d that do not", kind, matched[kind], refused[kind])
		}
	}
}

// What a sealed message holds is described too.
func TestCDDLDescribesSealedPlaintexts(t *testing.T) {
	schema := readSchema(t)
	rules := map[string]string{"cs1/payment-outer": "payment", "cs1/payer-secret": "payer-secret", "cs1/submission": "submission", "cs1/tap-clearing": "tap-clearing"}
	tried := make(map[string]int)
	for _, file := range readVectors(t) {
		for _, v := range file.Cases {
			if rule, described := rules[v.Given.Info]; described && v.Want.Plaintext != nil {
				tried[rule]++
				if err := schema.Validate(rule, v.Want.Plaintext); err != nil {
					t.Errorf("%s, %s: %v", file.Kind, v.Name, err)
				}
			}
		}
	}
	for _, rule := range rules {
		if tried[rule] == 0 {
			t.Errorf("no sealed %s was tried", rule)
		}
	}
}

// Every context and info string of the code stands in the description.
func TestCDDLNamesEveryContext(t *testing.T) {
	text, err := os.ReadFile("messages.cddl")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range readVectors(t) {
		for _, label := range []string{file.Context, file.Info} {
			if label != "" && !strings.Contains(string(text), `"`+label+`"`) {
				t.Errorf("messages.cddl does not name %q", label)
			}
		}
	}
}
