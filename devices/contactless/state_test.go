package contactless

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

// TestRemovedOverRestarts: a card that was let go and lies in the field is not held to
// be taken away while nobody can look, nor when it is found again by a service or a
// reader that starts anew; only an empty field says so.
func TestRemovedOverRestarts(t *testing.T) {
	type seen struct {
		condition Condition
		there     []bool // before each reader
		broke     bool   // the card before the first has broken off
		free      bool
	}
	for name, course := range map[string][]seen{
		"service":          {{Ready, []bool{true}, false, false}, {ServiceLost, nil, false, false}, {Ready, []bool{true}, false, false}, {Ready, []bool{false}, false, true}},
		"reader":           {{Ready, []bool{true}, false, false}, {NoReader, nil, false, false}, {Ready, []bool{true}, false, false}, {Ready, []bool{false}, false, true}},
		"taken meanwhile":  {{Ready, []bool{true}, false, false}, {NoReader, nil, false, false}, {Ready, []bool{false}, false, true}},
		"two readers":      {{Ready, []bool{false, true}, false, false}, {ServiceLost, nil, false, false}, {Ready, []bool{false, true}, false, false}, {Ready, []bool{false, false}, false, true}},
		"broke off":        {{Ready, []bool{true}, true, true}, {ServiceLost, nil, true, false}, {Ready, []bool{true}, true, true}},
		"another's, broke": {{Ready, []bool{true, true}, true, false}, {Ready, []bool{true, false}, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Reader{o: Options{Log: slog.New(slog.DiscardHandler)}, ctx: t.Context(), changed: make(chan struct{}), broke: map[string]bool{}}
			now, cancel := context.WithCancel(t.Context())
			cancel()
			for n, s := range course {
				var views []view
				for i, there := range s.there {
					views = append(views, view{name: string(rune('A' + i)), present: there, events: 3})
				}
				r.publish(s.condition, views, nil)
				r.brokeOff("A", s.broke)
				if err := r.Removed(now); (err == nil) != s.free || err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("look %d: %v", n, err)
				}
			}
		})
	}
}
