//go:build race

package ridges

// underRace is explained in norace_test.go.
const underRace = true
