//go:build !race

package virtualcamera

// underRace says that the race detector watches. It slows the reading of very long
// parts many times over and looks for other faults than they can have: the tests then
// take a sample of what they go through in full without it, and ask the same of that.
const underRace = false
