//go:build !race

package ridges

// underRace says that the race detector watches. It slows the work on pictures many
// times over and looks for other faults than that can have: the tests then take a
// sample of what they go through in full without it, and ask the same of that.
const underRace = false
