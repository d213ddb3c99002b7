//go:build !linux || !cgo || purefinger

package extraction

// Preferred is the extractor of this build: the one in Go.
type Preferred = Ridges
