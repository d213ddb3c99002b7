package staff

import (
	"errors"
	"testing"
	"time"
)

// TestOnDutyAndProve: who is on duty is asked for anew, and proving a PIN puts nobody
// else on duty.
func TestOnDutyAndProve(t *testing.T) {
	c := newCounter(t)
	if c.OnDuty() != nil {
		t.Error("somebody is on duty")
	}
	if _, err := c.Prove(t.Context(), c.OnDuty(), []byte(bos)); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody proves: %v", err)
	}
	if _, err := c.SignIn(t.Context(), bo, []byte(bos)); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Prove(t.Context(), c.OnDuty(), []byte(bos)); err != nil || s.Member().ID != bo {
		t.Errorf("%+v, %v", s, err)
	}
	for range 3 {
		if _, err := c.Prove(t.Context(), c.OnDuty(), []byte("1111")); !errors.Is(err, ErrRefused) {
			t.Errorf("a wrong PIN: %v", err)
		}
	}
	if until := c.Locked(bo); !until.After(c.time) || !c.Locked(anna).IsZero() {
		t.Errorf("locked until %v, the other until %v", until, c.Locked(anna))
	}
	c.time = c.time.Add(24 * time.Hour)
	if until := c.Locked(bo); !until.IsZero() {
		t.Errorf("still locked until %v", until)
	}
}

// Allow asks for one of several permissions, of whoever is on duty now.
func TestAllow(t *testing.T) {
	c := newCounter(t)
	if err := c.Allow(ChangeOwnPIN); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := c.SignIn(t.Context(), bo, []byte(bos)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		one  []Permission
		want error
	}{
		{[]Permission{Sell}, nil},
		{[]Permission{SeeLog, Sell}, nil},
		{[]Permission{SeeLog}, ErrNotAllowed},
		{[]Permission{SeeLog, MoveCash}, ErrNotAllowed},
		{[]Permission{"fly"}, ErrNotAllowed},
		{nil, ErrNotAllowed},
	} {
		if err := c.Allow(tt.one...); !errors.Is(err, tt.want) {
			t.Errorf("%v: %v, want %v", tt.one, err, tt.want)
		}
	}
	manager, err := c.Login(t.Context(), anna, []byte(annas))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(t.Context(), manager, bo); err != nil {
		t.Fatal(err)
	}
	if err := c.Allow(Sell); !errors.Is(err, ErrNobody) {
		t.Errorf("somebody who was removed: %v", err)
	}
}
