package chronicle

import "slices"

// OnScreen matches a window that shows one of the screens; any screen when none
// is named.
func OnScreen(party string, names ...string) Match {
	return func(e Event) bool {
		return e.Party == party && e.Screen != nil && (len(names) == 0 || slices.Contains(names, e.Screen.Name))
	}
}

// WithControl matches a window that shows one of the screens with a control on
// it.
func WithControl(party, control string, names ...string) Match {
	on := OnScreen(party, names...)
	return func(e Event) bool { return on(e) && e.Screen.Has(control) }
}

// Step matches a party's log of a step.
func Step(party string, step int) Match {
	return func(e Event) bool { return e.Party == party && e.Entry != nil && e.Entry.Step == step }
}

// Tap matches a party's log of a step of a tap, 4 for S4.
func Tap(party string, step int) Match {
	return func(e Event) bool { return e.Party == party && e.Entry != nil && e.Entry.Tap == step }
}

// Said matches a message in a party's log, whose attributes, given as name and
// value in turn, have these values.
func Said(party, message string, attributes ...string) Match {
	return func(e Event) bool {
		if e.Party != party || e.Entry == nil || e.Entry.Message != message {
			return false
		}
		for pair := range slices.Chunk(attributes, 2) {
			if e.Entry.Text(pair[0]) != pair[1] {
				return false
			}
		}
		return true
	}
}

// Any matches what one of the matches does.
func Any(matches ...Match) Match {
	return func(e Event) bool {
		return slices.ContainsFunc(matches, func(m Match) bool { return m(e) })
	}
}
