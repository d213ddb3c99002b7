//go:build race

package widgets

// underRace says that the race detector is on; see norace_test.go.
const underRace = true
