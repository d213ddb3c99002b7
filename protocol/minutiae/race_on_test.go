//go:build race

package minutiae

const raceEnabled = true
