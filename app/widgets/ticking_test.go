package widgets

import "testing"

type ticked struct {
	ticks  int
	moving bool
}

func (s *ticked) Tick()        { s.ticks++ }
func (s *ticked) Moving() bool { return s.moving }

// A window on which nothing moves is woken once a second, one with a countdown at every
// tick, from the first on.
func TestStillScreensTickSeldom(t *testing.T) {
	s := &ticked{}
	tick := ticking(s)
	for range 2 * tickStill {
		tick()
	}
	if s.ticks != 2 {
		t.Errorf("%d ticks of a still screen in two seconds", s.ticks)
	}
	s.moving = true
	tick()
	tick()
	if s.ticks != 4 {
		t.Errorf("%d ticks after two more with a countdown", s.ticks)
	}
}
