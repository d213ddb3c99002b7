package enrolment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// What another process was given for the same unit is taken up; what would be another
// device is not.
func TestReload(t *testing.T) {
	a := newAuthority(t)
	unit, c := a.Enrol(protocol.RoleSettlement, "settlement-1", "localhost")
	keeper := enrolment.NewMaintainer(unit, c, a.Options(""))
	if changed, err := keeper.Reload(t.Context()); changed || err != nil {
		t.Errorf("nothing new: %v, %v", changed, err)
	}
	a.Sequence = 5
	if err := keeper.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Realm.Now = a.Realm.Now.Add(5 * 24 * time.Hour)
	next, err := enrolment.Renew(t.Context(), unit, c, a.Options("")) // the other process
	if err != nil {
		t.Fatal(err)
	}
	if keeper.Current().Certificate.Hash() != c.Certificate.Hash() {
		t.Error("taken up before anybody looked")
	}
	changed, err := keeper.Reload(t.Context())
	now := keeper.Current()
	if !changed || err != nil || now.Certificate.Hash() != next.Certificate.Hash() || !now.Leaf.Leaf.Equal(next.Leaf.Leaf) {
		t.Errorf("renewed: %v, %v", changed, err)
	}
	if now.Trust.Revocation.Sequence != 5 {
		t.Errorf("the revocation list went back to %d", now.Trust.Revocation.Sequence)
	}
	if changed, err := keeper.Reload(t.Context()); changed || err != nil {
		t.Errorf("again: %v, %v", changed, err)
	}
	if _, err := enrolment.Enrol(t.Context(), unit, a.Options(a.Code(protocol.RoleSettlement, "settlement-2"))); err != nil {
		t.Fatal(err)
	}
	if changed, err := keeper.Reload(t.Context()); changed || !errors.Is(err, enrolment.ErrRestart) || keeper.Current().Subject != "settlement-1" {
		t.Errorf("another name: %v, %v", changed, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := keeper.Reload(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
