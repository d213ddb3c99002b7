package main

import (
	"errors"
	"testing"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/report"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/money"
)

// What was counted is an amount, also none; nothing said is not counted.
func TestCountedCash(t *testing.T) {
	for text, want := range map[string]protocol.Amount{"": staff.Uncounted, "0": 0, "0.00": 0, "123.45": 12345, "7": 700} {
		if have, err := countedCash(text, money.CNY); err != nil || have != want {
			t.Errorf("%q: %d, %v, want %d", text, have, err, want)
		}
	}
	for _, text := range []string{"-1", "1.234", "ten", "100000000", " "} {
		if have, err := countedCash(text, money.CNY); err == nil {
			t.Errorf("%q: %d", text, have)
		}
	}
}

// A settlement that was not asked is in the report; one that holds another head is told,
// whether it could be asked or not.
func TestUnsaid(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		said bool
	}{
		"nothing":                    {nil, false},
		"not compared":               {errUncompared, false},
		"contradicted":               {anchor.ErrContradicted, true},
		"contradicted, not compared": {errors.Join(errUncompared, anchor.ErrContradicted), true},
		"no Z":                       {report.ErrNotKept, true},
	} {
		if err := unsaid(c.err); (err != nil) != c.said {
			t.Errorf("%s: %v", name, err)
		}
	}
}
