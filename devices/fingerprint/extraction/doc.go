// Package extraction finds the minutiae in a picture of a finger.
//
// On Linux with cgo it is done by libfprint-2, which carries NIST's mindtct
// (LGPL, linked dynamically; Debian's libfprint-2-dev to build). Elsewhere the
// package offers nothing yet.
//
// It is apart from package fingerprint so that what talks to sensors builds
// without C, and behind that package's Extractor interface so that another
// extractor can take its place.
//
// Limits: libfprint works on copies of the picture that it frees without wiping
// them. What this package itself holds is wiped.
package extraction
