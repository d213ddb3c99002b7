//go:build !race

package journal

// underRace says that the race detector watches. It slows crashes and repairs many times over, and each is of one goroutine
// or of one process: the tests then take a sample of what they go through in full without it.
const underRace = false
