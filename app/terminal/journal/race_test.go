//go:build race

package journal

// underRace is explained in norace_test.go.
const underRace = true
