package staff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// Member is somebody who works at the terminal.
type Member struct {
	// ID is the number or short name, 1 to 16 bytes; it goes into refunds.
	ID    protocol.ID `json:"id"`
	Role  Role        `json:"role"`
	Since time.Time   `json:"since"`
}

// member is a Member with the PIN.
type member struct {
	Member
	PIN string `json:"pin"` // argon2id, PHC string format
}

// Shift is a stretch of work at the till.
type Shift struct {
	// Number is 1, 2, 3 …; 0 before the first.
	Number   uint64      `json:"number"`
	OpenedBy protocol.ID `json:"opened_by,omitempty"`
	Opened   time.Time   `json:"opened,omitzero"`
	ClosedBy protocol.ID `json:"closed_by,omitempty"`
	Closed   time.Time   `json:"closed,omitzero"`
	// Drawer is its cash. Difference is known once the shift's Z report is made.
	Drawer
}

// Uncounted closes a shift whose cash nobody has counted.
const Uncounted protocol.Amount = -1

// Open says whether work goes on.
func (s Shift) Open() bool { return s.Number > 0 && s.Closed.IsZero() }

// state is all that a Desk keeps.
type state struct {
	Version  int                              `json:"version"`
	Members  map[protocol.ID]member           `json:"members"`
	Attempts map[protocol.ID]pinhash.Attempts `json:"attempts"`
	Shift    Shift                            `json:"shift"`
	// Sequence is the last event's; Pending are those not yet in the journal.
	Sequence uint64  `json:"sequence"`
	Pending  []Event `json:"pending"`
}

// version of the state's form.
const version = 1

// Store keeps the desk's state, as bytes. Save returns when the state is on the disk for good, and
// a crash leaves either the old one or the new one.
type Store interface {
	// Load returns what was saved last, or nil.
	Load(context.Context) ([]byte, error)
	Save(context.Context, []byte) error
}

// ErrDamaged says that the kept state cannot be read.
var ErrDamaged = errors.New("the staff file is damaged")

// decode reads a state back; nil is an empty one.
func decode(text []byte) (state, error) {
	if text == nil {
		return state{Version: version, Members: map[protocol.ID]member{}, Attempts: map[protocol.ID]pinhash.Attempts{}}, nil
	}
	var s state
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return state{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return state{}, fmt.Errorf("%w: it goes on after its end", ErrDamaged)
	}
	if s.Version != version || s.Members == nil || s.Attempts == nil {
		return state{}, fmt.Errorf("%w: of version %d", ErrDamaged, s.Version)
	}
	for id, m := range s.Members {
		if _, err := pinhash.Parse(m.PIN); err != nil || m.ID != id || checkID(id) != nil {
			return state{}, fmt.Errorf("%w: member %q", ErrDamaged, id)
		}
		if _, err := ParseRole(string(m.Role)); err != nil {
			return state{}, fmt.Errorf("%w: member %q: %w", ErrDamaged, id, err)
		}
	}
	return s, nil
}

// managers counts them.
func (s state) managers() int {
	n := 0
	for _, m := range s.Members {
		if m.Role == Manager {
			n++
		}
	}
	return n
}

// ErrID says that a name cannot be a member's.
var ErrID = errors.New("a member's number or name takes 1 to 16 bytes of printable text without spaces")

func checkID(id protocol.ID) error {
	if len(id) < 1 || len(id) > 16 || !utf8.ValidString(string(id)) {
		return ErrID
	}
	for _, r := range string(id) {
		if r <= ' ' || r == 0x7f || r == utf8.RuneError {
			return ErrID
		}
	}
	return nil
}
