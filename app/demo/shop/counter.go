package shop

import (
	"context"
	"fmt"
	"slices"
	"syscall"

	"countersign/app/program/subprocess"
)

// Counter is how a terminal's counter is run: who works there, and the terminal's flags
// beyond those that every demonstration has. The zero value is a counter without staff.
type Counter struct {
	Staff []Member // the first is a manager
	Flags []string
	// Unattended says that the terminal is set up by a configuration file and one command, as
	// where nobody stands at its screen, and told nothing when it is opened. Flags are nothing
	// then, and the staff is the manager alone.
	Unattended bool
}

// Member is one of the staff.
type Member struct{ Name, Role, PIN string }

// addStaff adds the counter's staff, each by the first of them.
func (s *Shop) addStaff(ctx context.Context) error {
	var first []string
	for _, m := range s.options.Counter.Staff {
		pin, err := s.terminal.file("pin-of-"+m.Name, m.PIN)
		if err != nil {
			return err
		}
		flags := []string{"--name", m.Name, "--role", m.Role, "--pin-file", pin}
		if _, err := s.terminal.run(ctx, "staff add", s.terminal.data(), flags, first); err != nil {
			return err
		}
		if first == nil {
			first = []string{"--by", m.Name, "--by-pin-file", pin}
		}
	}
	return nil
}

// Terminal carries out one of the terminal's commands that need only its data, and
// returns what it printed.
func (s *Shop) Terminal(ctx context.Context, words string, flags ...string) (string, error) {
	return s.terminal.run(ctx, words, s.terminal.data(), flags)
}

// CloseTerminal closes the terminal as its window's closing does; ReopenTerminal opens it
// again, and returns the place in the chronicle from which on the new window announces.
func (s *Shop) CloseTerminal() error {
	open, err := s.take(s.terminal)
	if err != nil {
		return err
	}
	return s.end(open)
}

// CrashTerminal has the terminal end as by a power cut (SIGKILL).
func (s *Shop) CrashTerminal() error {
	open, err := s.take(s.terminal)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.ending[open] = true
	s.mu.Unlock()
	if err := open.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-open.Done()
	_ = open.Stop() // it did not end well, as was wanted
	return nil
}

// ReopenTerminal opens a terminal that was closed.
func (s *Shop) ReopenTerminal(context.Context) (from int, err error) {
	from = s.options.Chronicle.Len()
	return from, s.window(s.terminal, terminalTimes(s.terminalFlags, s.options.Life, s.options.AskFor))
}

// take takes a party's window off the list of what runs.
func (s *Shop) take(p *party) (*subprocess.Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.running, func(r *subprocess.Program) bool { return r.Name() == p.name+" run" })
	if at < 0 {
		return nil, fmt.Errorf("the %s is not open", p.name)
	}
	open := s.running[at]
	s.running = slices.Delete(slices.Clone(s.running), at, at+1)
	return open, nil
}
