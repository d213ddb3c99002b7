//go:build race

package extraction_test

// underRace is explained in norace_test.go.
const underRace = true
