// Package extraction finds the minutiae in a picture of a finger.
//
// There are two extractors, and their templates match one another: [Libfprint],
// which is libfprint-2 with NIST's mindtct (LGPL, linked dynamically; Debian's
// libfprint-2-dev to build) on Linux with cgo, and [Ridges], which is Go alone and is
// there on every platform. [New] returns the one that programs use; the build
// decides: libfprint where there is one, unless the tag purefinger is set.
//
// libfprint works on copies of the picture that it frees without wiping them.
// [Apart] therefore has it work in a process of its own for each picture, which
// leaves nothing behind but the minutiae that it answers. Such a process is the
// program itself, started again: main calls [Child] first.
//
// It is apart from package fingerprint so that what talks to sensors builds
// without C, and behind that package's Extractor interface so that another
// extractor can take its place.
//
// Guarantees: what this package holds of a picture in this process is wiped before a
// call returns; a picture goes to a child through a pipe, never through a file;
// and a child writes no file and no core dump, is open to no other process of its
// user, takes seconds at most and dies with its parent.
//
// Limits: memory is not locked: a machine that swaps should swap to an encrypted
// disk, or not at all.
package extraction
