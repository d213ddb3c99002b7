//go:build !race

package main

// underRace says that the race detector watches this run; see race_test.go.
const underRace = false
