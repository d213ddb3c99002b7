//go:build race

package main

// underRace says that the race detector watches this run. `make test` runs this
// package both ways: in full without it, and with it a sample of the mishaps,
// which take five times as long.
const underRace = true
