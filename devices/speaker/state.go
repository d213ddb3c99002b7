package speaker

import "slices"

// Part is what a [State] tells of.
type Part string

// The parts.
const (
	Sounds Part = "sounds"
	Speech Part = "speech"
)

// Phase is how a part stands.
type Phase string

// The phases.
const (
	Off     Phase = "off"     // by setting
	Ready   Phase = "ready"   // a program is installed; until it has failed
	Missing Phase = "missing" // no program that could do it is installed
	Failed  Phase = "failed"  // the last try failed, or hung
)

// State is how a part of the speaker stands.
type State struct {
	Part    Part
	Phase   Phase
	Program string // that does it, or that failed: "aplay"; none when Off or Missing
	Trouble string // what went wrong, or what to install: English, for the device page and the log
}

// States is how sounds and speech stand now.
func (s *Speaker) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.states)
}

// Changed has a value whenever States has changed since it was read last.
func (s *Speaker) Changed() <-chan struct{} { return s.changed }

// note keeps a part's state; the log is told of it once.
func (s *Speaker) note(state State) {
	s.mu.Lock()
	i := slices.IndexFunc(s.states, func(old State) bool { return old.Part == state.Part })
	changed := i < 0 || s.states[i] != state
	if i < 0 {
		s.states = append(s.states, state)
	} else {
		s.states[i] = state
	}
	told := state.Phase == Ready || state.Phase == Off || s.told[state]
	s.told[state] = true
	s.mu.Unlock()
	if !told {
		s.log.Warn("speaker", "part", string(state.Part), "state", string(state.Phase), "program", state.Program, "trouble", state.Trouble)
	}
	if changed {
		select {
		case s.changed <- struct{}{}:
		default: // it is seen already
		}
	}
}
