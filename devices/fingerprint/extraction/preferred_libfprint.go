//go:build linux && cgo && !purefinger

package extraction

// Preferred is the extractor of this build: libfprint.
type Preferred = Libfprint
