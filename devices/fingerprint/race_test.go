//go:build race

package fingerprint_test

// underRace is explained in norace_test.go.
const underRace = true
