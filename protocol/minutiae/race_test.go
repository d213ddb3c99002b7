//go:build race

package minutiae

// underRace is explained in norace_test.go.
const underRace = true
