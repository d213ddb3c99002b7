//go:build race

package virtualcamera

// underRace is explained in norace_test.go.
const underRace = true
