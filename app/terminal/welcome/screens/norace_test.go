//go:build !race

package screens

// underRace says whether the race detector is on. Fyne's software painter is ten times as slow then, and no goroutine of
// ours takes part in it: a picture drawn under it shows nothing that the same picture drawn without it does not. So the
// tests look at pixels without the detector only, and hold layout, words, states and targets in both runs. Make's target
// test runs these packages both ways.
const underRace = false
