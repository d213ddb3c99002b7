package main

import (
	"sync"
	"time"
)

// stopwatch adds up how long parts of the work took, by name, for whoever measures.
// It is safe for concurrent use.
type stopwatch struct {
	mu   sync.Mutex
	took map[string]time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{took: map[string]time.Duration{}} }

func (s *stopwatch) since(part string, began time.Time) {
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[part] += took
}

// take returns what was measured since it was taken last.
func (s *stopwatch) take() map[string]time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.took
	s.took = map[string]time.Duration{}
	return taken
}
