//go:build linux && cgo && !purefinger

package extraction

// New returns the extractor of this build: libfprint, in a process of its own for
// each picture. The program's main must call [Child] first.
func New() Extractor { return NewApart("") }
