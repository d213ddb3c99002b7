package settle

import (
	"context"
	"errors"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Status keeps how a terminal is, for the people who look after its shop. One that
// was made before the last one is refused: it came late. A status decides nothing
// and is never signed; a terminal that repeats it changes nothing.
func (s *Settler) Status(ctx context.Context, p Peer, m *protocol.Signed[protocol.TerminalStatus]) error {
	if p.Role != protocol.RoleTerminal {
		return unauthorised("a status is a terminal's")
	}
	status, _, err := signedBy(s, p, m)
	if err != nil {
		return err
	}
	now := protocol.At(s.Clock())
	var contradicts, other bool
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		contradicts, other = false, false
		old, err := tx.TerminalState(p.Subject)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err == nil {
			// A clock that was set back by much begins anew: else a terminal whose clock
			// once ran ahead could not be heard until then.
			last, err := protocol.Parse[protocol.TerminalStatus](old.Message)
			if err == nil && status.At < last.Unverified().At && last.Unverified().At <= now+protocol.Time(protocol.MaxSkew.Seconds()) {
				return conflict("a later status is kept")
			}
		}
		anchors, err := AnchorsFor(tx, p.Subject, status)
		if err != nil {
			return err
		}
		state := ledger.TerminalState{Heard: now, Message: m.Bytes(), Bad: badDevices(old.Bad, status, now), Contradicted: old.Contradicted, Zs: old.Zs}
		if anchors.Compare(status).Contradicts() {
			state.Contradicted = now
			contradicts = old.Contradicted == 0 || old.Contradicted != old.Heard // said once for those in a row
		}
		if status.ZNumber != 0 {
			err := tx.AddZMark(p.Subject, status.ZNumber, ledger.ZMark{Hash: status.ZHash, Received: now})
			if other = errors.Is(err, ledger.ErrKept); err != nil && !other { // said below; the status counts all the same
				return err
			}
			state.Zs = ledger.WithZ(old.Zs, status.ZNumber)
		}
		return tx.PutTerminalState(p.Subject, state)
	})
	if err != nil {
		return err
	}
	if contradicts {
		s.Log.WarnContext(ctx, "fraud", "terminal", string(p.Subject), "why", "its journal is not the one that was lodged", "sequence", status.Sequence)
	}
	if other {
		s.Log.WarnContext(ctx, "fraud", "terminal", string(p.Subject), "why", "its Z report is not the one that it made before", "number", status.ZNumber)
	}
	return nil
}

// badDevices are the devices that do not work, each since the first status that
// said so in a row.
func badDevices(before []ledger.BadDevice, status protocol.TerminalStatus, now protocol.Time) []ledger.BadDevice {
	bad := []ledger.BadDevice{}
	for _, d := range status.Devices {
		if d.State == protocol.DeviceWorking {
			continue
		}
		since := now
		for _, b := range before {
			if b.Kind == d.Kind {
				since = b.Since
			}
		}
		bad = append(bad, ledger.BadDevice{Kind: d.Kind, State: d.State, Since: since})
	}
	return bad
}

// HeadKind is how the head in a terminal's status stands to those that it lodged.
type HeadKind uint8

// The kinds. HeadRewritten and HeadRolledBack contradict.
const (
	HeadNone       HeadKind = 0 // nothing was lodged, and the journal may be empty
	HeadMatches    HeadKind = 1 // the very head that was lodged last
	HeadAhead      HeadKind = 2 // records were added since; the next anchor will tell
	HeadOlder      HeadKind = 3 // the status was made before the anchor was lodged
	HeadRewritten  HeadKind = 4 // another head than the one that was lodged for its record
	HeadRolledBack HeadKind = 5 // fewer records than were lodged before
)

// HeadState is the kind, and how many records lie between the two heads.
type HeadState struct {
	Kind HeadKind
	By   uint64
}

// Contradicts says whether the journal is not the one that was lodged.
func (h HeadState) Contradicts() bool { return h.Kind >= HeadRewritten }

// Anchors are what the head in a status is compared with. Both may be zero, for
// none.
type Anchors struct {
	// Newest is the last that was lodged, and At the terminal's clock when it was.
	Newest ledger.Anchor
	At     protocol.Time
	// Same is the one that was lodged for the status's own record.
	Same ledger.Anchor
}

// AnchorsFor finds them.
func AnchorsFor(r ledger.Reader, terminal protocol.ID, status protocol.TerminalStatus) (a Anchors, err error) {
	if a.Newest, err = r.Anchor(terminal); err != nil {
		if isNotFound(err) {
			return Anchors{}, nil
		}
		return a, err
	}
	a.At = a.Newest.Received
	if m, err := protocol.Parse[protocol.JournalAnchor](a.Newest.Message); err == nil {
		a.At = m.Unverified().At
	}
	if status.Sequence >= a.Newest.Sequence { // nothing later was lodged
		if status.Sequence == a.Newest.Sequence {
			a.Same = a.Newest
		}
		return a, nil
	}
	if a.Same, err = r.AnchorAt(terminal, status.Sequence); err != nil && !isNotFound(err) {
		return a, err
	}
	return a, nil
}

// Compare says how a status's head stands to what was lodged.
func (a Anchors) Compare(status protocol.TerminalStatus) HeadState {
	newest := a.Newest.Sequence
	switch {
	case newest == 0:
		return HeadState{Kind: HeadNone, By: status.Sequence}
	case a.Same.Sequence == status.Sequence && a.Same.Sequence != 0 && a.Same.Head != status.Head:
		return HeadState{Kind: HeadRewritten}
	case status.Sequence == newest:
		return HeadState{Kind: HeadMatches}
	case status.Sequence > newest:
		return HeadState{Kind: HeadAhead, By: status.Sequence - newest}
	case status.At <= a.At:
		return HeadState{Kind: HeadOlder, By: newest - status.Sequence}
	}
	return HeadState{Kind: HeadRolledBack, By: newest - status.Sequence}
}
