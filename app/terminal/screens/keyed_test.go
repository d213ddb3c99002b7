package screens

import (
	"reflect"
	"testing"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
)

// TestKeyedIsTold: the customer's window hears what the bill comes to, each change once,
// and that it is over.
func TestKeyedIsTold(t *testing.T) {
	var told []protocol.Amount
	k, _ := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Keyed = func(b sale.Bill) { told = append(told, b.Amount) } })
	for _, r := range "780" {
		k.typedRune(r)
	}
	k.build() // which changes nothing
	k.clear()
	if want := []protocol.Amount{7, 78, 780, 0}; !reflect.DeepEqual(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
