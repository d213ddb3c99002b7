// Package extraction finds the minutiae in a picture of a finger.
//
// There are two extractors, and both give templates that match one another:
// [Libfprint], which is libfprint-2 with NIST's mindtct (LGPL, linked dynamically;
// Debian's libfprint-2-dev to build) on Linux with cgo, and [Ridges], which is Go alone
// and is there on every platform. [Preferred] is the one that programs use; the
// build decides: libfprint where there is one, unless the tag purefinger is set.
//
// It is apart from package fingerprint so that what talks to sensors builds
// without C, and behind that package's Extractor interface so that another
// extractor can take its place.
//
// Limits: libfprint works on copies of the picture that it frees without wiping
// them. What this package itself holds is wiped.
package extraction
