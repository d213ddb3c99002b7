package report

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"countersign/app/terminal/reconcile"
	"countersign/protocol"
)

// Keys of differences: the first word of a line in Report.Differences, whose other words are
// name=value. A screen has a sentence for each.
const (
	NotCompared   = "not-compared"   // settlement was not asked or did not answer: reason
	OnlyHere      = "only-here"      // number, kind, reference, amount
	OnlyThere     = "only-there"     // kind, reference, amount
	Different     = "different"      // number, kind, reference, amount, there-reference, there-amount
	Uncredited    = "uncredited"     // settlement does not credit a tap: number, amount
	OtherCurrency = "other-currency" // in no sum: number, amount, currency
	More          = "more"           // lines that found no room: count
	MoreOpen      = "more-open"      // open sales that found no room: count
)

// ErrNotCompared is why a Z was not compared with settlement.
var ErrNotCompared = errors.New("not compared with settlement")

// ParseDifference reads a line of Report.Differences: its key, and its values by name.
func ParseDifference(line string) (key string, values map[string]string) {
	key, rest, _ := strings.Cut(line, " ")
	values = map[string]string{}
	for field := range strings.FieldsSeq(rest) {
		name, value, _ := strings.Cut(field, "=")
		values[name] = value
	}
	return key, values
}

// differencesOf are settlement's, in the order of the comparison.
func differencesOf(r reconcile.Report) []string {
	var lines []string
	for _, l := range r.OnlyHere {
		lines = append(lines, fmt.Sprintf("%s number=%d kind=%s reference=%d amount=%d", OnlyHere, l.Number, l.Kind, l.Reference, l.Amount))
	}
	for _, l := range r.OnlyThere {
		lines = append(lines, fmt.Sprintf("%s kind=%s reference=%d amount=%d", OnlyThere, l.Kind, l.Reference, l.Amount))
	}
	for _, p := range r.Different {
		lines = append(lines, fmt.Sprintf("%s number=%d kind=%s reference=%d amount=%d there-reference=%d there-amount=%d",
			Different, p.Here.Number, p.Here.Kind, p.Here.Reference, p.Here.Amount, p.There.Reference, p.There.Amount))
	}
	return lines
}

// notCompared is the line for a comparison that did not come about; why is a word.
func notCompared(why string) string { return NotCompared + " reason=" + cmp.Or(why, "unknown") }

// fitting leaves as many lines as a Z has room for, and says how many it leaves out.
func fitting(lines []string) []string {
	if len(lines) <= protocol.MaxZDifferences {
		return lines
	}
	kept := lines[: protocol.MaxZDifferences-1 : protocol.MaxZDifferences-1]
	return append(kept, fmt.Sprintf("%s count=%d", More, len(lines)-len(kept)))
}
