package staff

import (
	"context"
	"time"

	"countersign/protocol"
)

// Kind is what an event tells.
type Kind string

// The kinds of events.
const (
	Added          Kind = "staff-added"
	Removed        Kind = "staff-removed"
	PINChanged     Kind = "staff-pin-changed"
	Unlocked       Kind = "staff-unlocked"
	SignedIn       Kind = "staff-signed-in"
	SignedOut      Kind = "staff-signed-out"
	Refused        Kind = "staff-refused" // wrong PIN, or nobody has that name
	StillLocked    Kind = "staff-locked"  // tried while locked
	RefundApproved Kind = "staff-approved"
	ShiftOpened    Kind = "shift-opened"
	ShiftClosed    Kind = "shift-closed"
)

// Event is something that a manager may want to know later. It holds no PIN.
type Event struct {
	// Sequence is 1, 2, 3 …; a journal that has it twice has the same event twice.
	Sequence uint64    `json:"sequence"`
	Kind     Kind      `json:"kind"`
	At       time.Time `json:"at"`
	// Member is whom it is about, or the name that was tried; By is who did it.
	Member protocol.ID `json:"member,omitempty"`
	By     protocol.ID `json:"by,omitempty"`
	Role   Role        `json:"role,omitempty"`
	// Shift is the open shift, or the one that was opened or closed.
	Shift uint64 `json:"shift,omitzero"`
	// Locked is how long the name is locked now.
	Locked time.Duration `json:"locked,omitzero"`
	// Matter is what was approved.
	Matter Matter `json:"matter,omitzero"`
	// Drawer is the cash that a shift was opened with, or what it was closed with.
	Drawer
}

// Recorder keeps events for good: the journal.
type Recorder interface {
	Record(context.Context, Event) error
}
