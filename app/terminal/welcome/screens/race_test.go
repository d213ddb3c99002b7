//go:build race

package screens

// underRace says that the race detector is on; see norace_test.go.
const underRace = true
