//go:build !linux || !cgo

package extraction

// Child is for main to call first; see there where this package uses C. Without C
// nothing is extracted in a process of its own, and it returns false.
func Child([]string) bool { return false }
