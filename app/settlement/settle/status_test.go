package settle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// said has the world's terminal say how it is.
func (w *world) said(s protocol.TerminalStatus) error {
	s.At, s.Version, s.CertificateEnd = protocol.At(w.clock()), "1.6.0", protocol.At(w.clock())+86400
	if s.Devices == nil {
		s.Devices = []protocol.DeviceStatus{}
	}
	return w.settler.Status(w.t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(w.t, w.sale.Terminal.Key, s))
}

func (w *world) terminalState() (s ledger.TerminalState) {
	w.t.Helper()
	err := w.ledger.View(w.t.Context(), func(r ledger.Snapshot) (err error) {
		s, err = r.TerminalState("T-0001")
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// A device is bad since settlement first heard so; what came late changes nothing.
func TestStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	camera := func(state protocol.DeviceState) protocol.TerminalStatus {
		return protocol.TerminalStatus{Devices: []protocol.DeviceStatus{{Kind: protocol.DeviceCamera, State: state}, {Kind: protocol.DevicePrinter, State: protocol.DeviceWorking}}}
	}
	began := protocol.At(w.clock())
	for _, step := range []struct {
		state protocol.DeviceState
		since protocol.Time // after began; 0 for none
	}{
		{protocol.DeviceWorking, 0}, {protocol.DeviceAttention, 60}, {protocol.DeviceFailed, 60}, {protocol.DeviceWorking, 0}, {protocol.DeviceFailed, 240},
	} {
		if err := w.said(camera(step.state)); err != nil {
			t.Fatal(err)
		}
		have := w.terminalState()
		if have.Heard != protocol.At(w.clock()) || len(have.Bad) == 1 != (step.since != 0) || step.since != 0 && have.Bad[0].Since != began+step.since {
			t.Errorf("%v: %+v", step.state, have)
		}
		w.pass(time.Minute)
	}
	w.pass(-2 * time.Minute)
	if err := w.said(camera(protocol.DeviceWorking)); !errors.Is(err, &problem.Problem{Code: problem.Conflict}) {
		t.Errorf("one that came late: %v", err)
	}
	if have := w.terminalState(); len(have.Bad) != 1 {
		t.Errorf("one that came late counts: %+v", have)
	}
	w.pass(2 * time.Minute)
	wallet := protocoltest.Sign(t, w.sale.Wallet.Key, protocol.TerminalStatus{At: 1, Version: "1", Devices: []protocol.DeviceStatus{}, CertificateEnd: 1})
	if err := w.settler.Status(t.Context(), peer(protocol.RoleWallet, w.sale.Wallet), wallet); !errors.Is(err, &problem.Problem{Code: problem.Unauthorised}) {
		t.Errorf("a wallet's: %v", err)
	}
	if err := w.settler.Status(t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), wallet); !errors.Is(err, &problem.Problem{Code: problem.Unauthorised}) {
		t.Errorf("one that somebody else signed: %v", err)
	}
}

// The head of a status against those that were lodged.
func TestStatusAgainstAnchors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lodge := func(sequence uint64, head byte) {
		a := protocol.JournalAnchor{Sequence: sequence, Head: protocol.Hash{head}, At: protocol.At(w.clock())}
		if _, err := w.settler.Anchor(t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(t, w.sale.Terminal.Key, a)); err != nil {
			t.Fatal(err)
		}
	}
	say := func(sequence uint64, head byte) settle.HeadState {
		s := protocol.TerminalStatus{Sequence: sequence, Head: protocol.Hash{head}}
		if err := w.said(s); err != nil {
			t.Fatal(err)
		}
		s.At = protocol.At(w.clock())
		var state settle.HeadState
		err := w.ledger.View(t.Context(), func(r ledger.Snapshot) error {
			anchors, err := settle.AnchorsFor(r, "T-0001", s)
			state = anchors.Compare(s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if bad := w.terminalState().Contradicted == protocol.At(w.clock()); bad != state.Contradicts() {
			t.Errorf("%d: kept as a contradiction: %v, %+v", sequence, bad, state)
		}
		return state
	}
	want := func(have settle.HeadState, kind settle.HeadKind, by uint64) {
		t.Helper()
		if have.Kind != kind || have.By != by {
			t.Errorf("have %+v, want kind %d by %d", have, kind, by)
		}
	}
	want(say(3, 3), settle.HeadNone, 3)
	lodge(4, 4)
	w.pass(time.Minute)
	lodge(10, 10)
	want(say(9, 9), settle.HeadOlder, 1) // made in the second in which 10 was lodged
	w.pass(time.Minute)
	want(say(10, 10), settle.HeadMatches, 0)
	want(say(12, 12), settle.HeadAhead, 2)
	w.pass(time.Minute)
	want(say(10, 11), settle.HeadRewritten, 0)
	want(say(4, 5), settle.HeadRewritten, 0)
	want(say(8, 8), settle.HeadRolledBack, 2)
	if n := strings.Count(w.log.String(), "its journal is not the one"); n != 1 {
		t.Errorf("said %d times", n)
	}
	w.pass(time.Minute)
	want(say(13, 13), settle.HeadAhead, 3)
	if kept := w.terminalState().Contradicted; kept != protocol.At(w.clock())-60 {
		t.Errorf("that it contradicted is forgotten: %d", kept)
	}
}

// Z reports are marked as they are named; another under a number is told and not kept.
func TestStatusMarksZReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, z := range []struct {
		number uint64
		hash   byte
	}{{1, 1}, {1, 1}, {3, 3}, {3, 4}} {
		if err := w.said(protocol.TerminalStatus{ZNumber: z.number, ZHash: protocol.Hash{z.hash}}); err != nil {
			t.Fatal(err)
		}
	}
	marks := map[uint64]protocol.Hash{}
	err := w.ledger.View(t.Context(), func(r ledger.Snapshot) error {
		return r.EachZMarkOf("T-0001", 0, func(n uint64, z ledger.ZMark) error { marks[n] = z.Hash; return nil })
	})
	if err != nil || len(marks) != 2 || marks[1] != (protocol.Hash{1}) || marks[3] != (protocol.Hash{3}) {
		t.Errorf("marked %v, %v", marks, err)
	}
	if zs := w.terminalState().Zs; !slices.Equal(zs, []ledger.ZRange{{From: 1, To: 1}, {From: 3, To: 3}}) {
		t.Errorf("heard of %v", zs)
	}
	if !strings.Contains(w.log.String(), "its Z report is not the one") {
		t.Error("another Z under a number is not told")
	}
}
