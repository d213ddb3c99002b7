//go:build !race

package screens

// underRace says whether the race detector is on: drawing takes ten times as long
// then and shows nothing more, so pixels are looked at without it only.
const underRace = false
