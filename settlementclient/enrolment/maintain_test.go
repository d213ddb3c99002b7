package enrolment_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

// What can be done is done, whatever of the rest fails; and the credentials in
// use stay.
func TestMaintainerDoesWhatItCan(t *testing.T) {
	a := newAuthority(t)
	unit, c := a.Enrol(protocol.RoleTerminal, "T-0001")
	a.Enrol(protocol.RoleSettlement, "settlement-1", "localhost")
	keeper := enrolment.NewMaintainer(unit, c, a.Options(""))
	a.Refuse = func(path string) *problem.Problem {
		if path == protocol.PathRevocationList {
			return problem.New(http.StatusServiceUnavailable, problem.Busy, "", "")
		}
		return nil
	}
	if err := keeper.Refresh(t.Context()); !errors.Is(err, enrolment.ErrBusy) || !errors.Is(keeper.LastError(), enrolment.ErrBusy) {
		t.Errorf("list refused: %v", err)
	}
	if keeper.Current().Settlement == nil {
		t.Error("settlement's certificate was given up with the list")
	}
	a.Refuse, a.Sequence = nil, 5
	if err := keeper.Refresh(t.Context()); err != nil || keeper.LastError() != nil || keeper.Current().Trust.Revocation.Sequence != 5 {
		t.Errorf("then: %v", err)
	}
	if keeper.Current().Certificate.Hash() != c.Certificate.Hash() || a.Asked(protocol.PathRenewals) != 0 {
		t.Error("renewed before it was due")
	}

	// In the last third of seven days and an hour.
	a.Realm.Now = a.Realm.Now.Add(5 * 24 * time.Hour)
	if err := keeper.Refresh(t.Context()); err != nil || keeper.Current().Certificate.Hash() == c.Certificate.Hash() {
		t.Errorf("due: %v", err)
	}
	loaded, err := enrolment.Load(unit)
	if err != nil || loaded.Certificate.Hash() != keeper.Current().Certificate.Hash() {
		t.Errorf("kept: %v", err)
	}
	// Settlement's certificate is taken back: the one in use is refused from
	// then on, and no other is taken for it.
	a.Sequence, a.Revoked = 6, []protocol.Revoked{{Subject: "settlement-1", Until: protocol.At(a.Realm.Now)}}
	if err := keeper.Refresh(t.Context()); !errors.Is(err, protocol.ErrRevoked) {
		t.Errorf("revoked settlement: %v", err)
	}
	now := keeper.Current()
	if _, err := now.Trust.Certificate(now.Settlement, protocol.RoleSettlement, a.Clock()); !errors.Is(err, protocol.ErrRevoked) {
		t.Errorf("revoked settlement in use: %v", err)
	}
}

func TestMaintainerEndsWithItsContext(t *testing.T) {
	a := newAuthority(t)
	unit, c := a.Enrol(protocol.RoleSettlement, "settlement-1", "localhost")
	keeper := enrolment.NewMaintainer(unit, c, a.Options(""))
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 16)
	a.Answer = func(string) []byte {
		asked <- struct{}{}
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- keeper.Run(ctx) }()
	<-asked
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
