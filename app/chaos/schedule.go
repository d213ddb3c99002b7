package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// schedule says what happens to whom: which fail points still need a process to
// be ended at them, and whether it is killed or loses power there. It may be used
// by many goroutines.
type schedule struct {
	need int // how often each point is to be hit

	mu   sync.Mutex
	hits map[string]int // by point
	kill map[string]int // how it ended, for the summary
	left map[string]string
}

func newSchedule(need int) *schedule {
	return &schedule{need: need, hits: map[string]int{}, kill: map[string]int{}, left: map[string]string{}}
}

// asleep are the points that nobody comes to here, and why.
var asleep = []struct{ part, why string }{
	{"journal.refund-ended", "a refund is sent at once or not begun"},
	{"journal.staff-added", "the staff is the same from the beginning"},
	{"journal.staff-removed", "the staff is the same from the beginning"},
	{"journal.staff-pin-changed", "the staff is the same from the beginning"},
	{"journal.staff-unlocked", "nobody forgets a PIN"},
	{"journal.staff-refused", "nobody forgets a PIN"},
	{"journal.staff-locked", "nobody forgets a PIN"},
	{"journal.z-report", "Z reports are killed in tests of their own, where a shift outlives its process"},
	{"acquirer.authorise.", "cards are charged by one message"},
	{".account.", "accounts are there from the beginning"},
	{".deposit.", "templates are in the certificates"},
	{"journal.tap-", tapsAlone}, {".tap.", tapsAlone}, {".abandonment.", tapsAlone}, {".blocklist.", tapsAlone},
	{".virtual-card.", tapsAlone}, {".card-state.", tapsAlone}, {".load.", tapsAlone}, {".transfer.", tapsAlone},
}

// tapsAlone is why nobody comes to the points of sales by tap in a town.
const tapsAlone = "sales by tap have a run of their own, chaos taps"

// why says why a point is not to be reached, or "".
func why(point string) string {
	for _, a := range asleep {
		if strings.Contains(point, a.part) {
			return a.why
		}
	}
	return ""
}

// learn adds points that a victim has.
func (s *schedule) learn(points []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range points {
		if reason := why(p); reason != "" {
			s.left[p] = reason
		} else {
			s.hits[p] += 0
		}
	}
}

// wanting returns those of a victim's points that were not hit often enough; all
// of them when all were.
func (s *schedule) wanting(points []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list, all []string
	for _, p := range points {
		n, known := s.hits[p]
		if known {
			all = append(all, p)
		}
		if known && n < s.need {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return all
	}
	return list
}

// rests says whether all of a victim's points were hit often enough, while those
// of others were not: then it is ended less often, so that they get there.
func (s *schedule) rests(points []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.need == 0 {
		return false
	}
	for _, p := range points {
		if n, known := s.hits[p]; known && n < s.need {
			return false
		}
	}
	return true
}

// satisfied says whether every point was hit often enough.
func (s *schedule) satisfied() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.hits {
		if n < s.need {
			return false
		}
	}
	return len(s.hits) > 0
}

func (s *schedule) hit(point string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits[point]++
}

func (s *schedule) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill[what]++
}

// counts returns copies, by sorted names.
func (s *schedule) counts() (points []string, hits map[string]int, ends map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.hits)), maps.Clone(s.hits), maps.Clone(s.kill)
}

// notDriven returns the points that nobody comes to, and why.
func (s *schedule) notDriven() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.left)
}

// after draws how many hits of the wanted points pass before the end: early on
// some, so that not the first sale after a start is always the victim.
func after(random *rand.Rand, wanted int) int {
	if wanted < 6 {
		return 1
	}
	return 1 + random.IntN(12)
}
