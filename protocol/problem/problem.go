// Package problem is how the services tell what went wrong: problem details
// for HTTP APIs (RFC 9457) with a code that a program decides on and a hint for
// the person in front of it. A problem never carries a secret, a score or an
// account number.
package problem

import (
	"encoding/json"
	"fmt"
)

// ContentType is the media type of an encoded problem.
const ContentType = "application/problem+json"

// MaxBytes bounds an encoded problem that is read from a peer.
const MaxBytes = 8 << 10

// Code names a kind of problem; clients decide on it.
type Code string

// The codes in use.
const (
	Malformed     Code = "malformed"      // the body is not what the path takes
	Unauthorised  Code = "unauthorised"   // the TLS certificate or signature does not allow this
	NotFound      Code = "not-found"      // no such thing
	Conflict      Code = "conflict"       // other content under the same key, or already used
	Revoked       Code = "revoked"        // the certificate was taken back
	Stale         Code = "stale"          // a clock, a list or a challenge is out of date
	Busy          Code = "busy"           // try again after Retry-After
	NotReady      Code = "not-ready"      // a part that is needed is not there yet
	Internal      Code = "internal"       // the service failed; nothing was kept
	CodeUsed      Code = "code-used"      // the enrolment code was used before
	CodeUnknown   Code = "code-unknown"   // no such enrolment code
	Proof         Code = "proof"          // possession of a key was not proved
	Activation    Code = "activation"     // wrong activation code for the account
	NotRegistered Code = "not-registered" // account or merchant account is not registered to this device
	Funds         Code = "funds"          // a load: the account, or what waits, does not cover it; for good
	Ceiling       Code = "ceiling"        // a load: the virtual card would hold more than it may; for good
	Blocked       Code = "blocked"        // the virtual card is blocked, replaced or expired
)

// Problem is a problem detail. It is an error.
type Problem struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// Title is the same for every problem of this code, in English.
	Title string `json:"title"`
	// Code is the program's.
	Code Code `json:"code"`
	// Detail says what happened this time.
	Detail string `json:"detail,omitempty"`
	// Hint says what a person can do.
	Hint string `json:"hint,omitempty"`
}

// New returns a problem; title is the code's own.
func New(status int, code Code, detail, hint string) *Problem {
	return &Problem{Status: status, Title: titles[code], Code: code, Detail: detail, Hint: hint}
}

// titles are read only.
var titles = map[Code]string{
	Malformed: "The message is malformed", Unauthorised: "This device may not do that", NotFound: "There is no such thing",
	Conflict: "It contradicts what is kept", Revoked: "The certificate is revoked", Stale: "It is out of date",
	Busy: "The service is busy", NotReady: "The service is not ready", Internal: "The service failed",
	CodeUsed: "The enrolment code was used before", CodeUnknown: "The enrolment code is not known",
	Proof: "Possession of a key was not proved", Activation: "The activation code is wrong", NotRegistered: "The account is not registered to this device",
	Funds: "There is not enough money", Ceiling: "The virtual card may not hold that much", Blocked: "The virtual card is blocked",
}

// Error returns title and detail.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("%s (%s)", p.Title, p.Code)
	}
	return fmt.Sprintf("%s: %s (%s)", p.Title, p.Detail, p.Code)
}

// Is lets errors.Is compare problems by code: errors.Is(err, &Problem{Code: Busy}).
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem)
	return ok && other.Code == p.Code
}

// Encode returns the problem as JSON.
func (p *Problem) Encode() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and an int always encode
	}
	return b
}

// Decode reads a problem from a peer. Whatever cannot be read becomes a problem
// of its own with the given HTTP status.
func Decode(status int, body []byte) *Problem {
	var p Problem
	if len(body) > MaxBytes || json.Unmarshal(body, &p) != nil || p.Code == "" {
		return New(status, Internal, fmt.Sprintf("answered with HTTP status %d", status), "")
	}
	p.Status = status
	return &p
}
