package enrolment

import (
	"errors"

	"countersign/protocol/problem"
)

// Fault is an error that a caller decides on, with a hint for the person in
// front of the device.
type Fault struct{ text, hint string }

func (f *Fault) Error() string { return f.text }

// Hint says what a person can do.
func (f *Fault) Hint() string { return f.hint }

// Hint returns what a person can do about err, or "". What the authority
// advises comes before the general advice.
func Hint(err error) string {
	var p *problem.Problem
	if errors.As(err, &p) && p.Hint != "" {
		return p.Hint
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// The faults. Errors of this package wrap one of them, an error of the secure
// unit, or the context's.
var (
	ErrUnreachable = &Fault{"the authority cannot be reached",
		"Check the network and the authority's address, then run this again: nothing is lost."}
	ErrWrongAuthority = &Fault{"this is not the authority that gave out the enrolment code",
		"Check the authority's address. If it is right, somebody may be intercepting the connection: do not go on, call the authority."}
	ErrClock = &Fault{"this device's clock and the authority's differ too much",
		"Set this device's clock (time synchronisation), then run this again."}
	ErrCode = &Fault{"this is not an enrolment code",
		"Copy the whole code; it begins with CS1E:"}
	ErrCodeRole = &Fault{"the enrolment code is for another kind of device",
		"Ask the authority for a code for this kind of device."}
	ErrCodeUsed = &Fault{"the enrolment code was used by another device",
		"Ask the authority for a new code, and say that this one was used."}
	ErrCodeUnknown = &Fault{"the authority does not know this enrolment code, or it has ended",
		"Codes end after a day or when a newer one is given out. Ask for a new code."}
	ErrProof = &Fault{"the authority did not accept the proof of possession of a key",
		"Run this again. If it goes on, make a new token for this device."}
	ErrRefused = &Fault{"the authority refused", "See the authority's log for the reason."}
	ErrRevoked = &Fault{"the authority has revoked this device",
		"Ask the authority for a new enrolment code."}
	ErrTooEarly = &Fault{"it is too early to renew the certificate",
		"Nothing is to be done: the device renews by itself."}
	ErrTooLate = &Fault{"the certificate ended too long ago to be renewed",
		"Ask the authority for a new enrolment code."}
	ErrBusy   = &Fault{"the authority is busy", "Run this again in a few minutes."}
	ErrAnswer = &Fault{"the authority's answer is not what was asked for",
		"Check that device and authority are of the same version."}
	ErrRollback = &Fault{"the authority sent a revocation list older than one seen before",
		"Somebody may be replaying an old list, or the authority was restored from a backup: call the authority."}
	ErrNotEnrolled = &Fault{"this device is not enrolled",
		"Enrol it with a code from the authority."}
	ErrDamaged = &Fault{"what the secure unit holds of the enrolment does not belong together",
		"Run the enrolment again, with a new code if the old one has ended."}
	ErrPeer = &Fault{"the other side of the connection is not who it should be",
		"Check the address; if it is right, call the authority."}
)
