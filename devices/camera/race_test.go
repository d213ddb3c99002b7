//go:build race

package camera

// underRace is explained in norace_test.go.
const underRace = true
