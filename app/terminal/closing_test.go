package main

import (
	"testing"

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
