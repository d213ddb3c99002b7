// Package confinement takes away from the trusted application what it does not
// need, so that whoever takes it over has little: no network, no files but those
// named, no other programs, no other processes, no privileges, no dumps of its
// memory.
//
// It is done in two steps, by the application's main and in this order:
//
//	confinement.Enter(profile)            // before anything else
//	…                                     // opens its token, its store, its window
//	report, err := confinement.Seal(profile) // before it listens to anyone
//
// Enter gives up what is given up by thread (Landlock's access to files, ports and
// other processes; capabilities; the right to gain privileges) and starts the
// program anew within that, since threads that already run, such as those of
// libraries in C, cannot be confined afterwards. Seal then filters the system calls
// of every thread at once (seccomp with TSYNC), and proves what it reports by
// trying.
//
// What is left: the application can read what the profile names, write its store,
// talk over the descriptors that it holds, and, where a profile permits Unix
// sockets, connect to every Unix socket that the user may connect to; those with
// names Landlock cannot take away before its ABI 9. The kernel itself is trusted.
//
// Everything here is Linux's, on amd64 and arm64; elsewhere nothing is applied and
// the report says so.
package confinement

import (
	"errors"
	"strings"
)

// Profile is what the trusted application keeps. Both steps are given the same.
type Profile struct {
	ReadWrite []string // directories, with what is in them: its store and its token
	ReadOnly  []string // files and directories with what is in them
	Devices   []string // device files: read, write and ioctl
	Unix      bool     // may open Unix sockets, and connect to named and abstract ones: for a window
}

// Add returns a profile that keeps what either keeps.
func (p Profile) Add(other Profile) Profile {
	return Profile{
		ReadWrite: append(p.ReadWrite[:len(p.ReadWrite):len(p.ReadWrite)], other.ReadWrite...),
		ReadOnly:  append(p.ReadOnly[:len(p.ReadOnly):len(p.ReadOnly)], other.ReadOnly...),
		Devices:   append(p.Devices[:len(p.Devices):len(p.Devices)], other.Devices...),
		Unix:      p.Unix || other.Unix,
	}
}

// Report says what was taken away and what could not be, for logs and for people.
type Report struct {
	Applied []string
	Missing []string // what this system does not have, or the profile leaves
}

// String gives the report in one line.
func (r Report) String() string {
	applied, missing := strings.Join(r.Applied, "; "), strings.Join(r.Missing, "; ")
	switch {
	case applied == "":
		return "confinement: nothing applied: " + missing
	case missing == "":
		return "confinement: " + applied
	}
	return "confinement: " + applied + ". Not applied: " + missing
}

// ErrNotConfined says that something that this system can take away is still
// there: the application must not go on.
var ErrNotConfined = errors.New("the trusted application is not confined")
