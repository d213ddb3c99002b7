package main

import (
	"context"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// This file is what a manager does with the staff. Who is on duty does it; the desk looks
// at the permission.

func (b backoffice) AddMember(ctx context.Context, id protocol.ID, role staff.Role, pin []byte) error {
	defer clear(pin)
	if err := b.may(office.ToAddMember); err != nil {
		return err
	}
	return b.desk.Add(ctx, b.desk.OnDuty(), id, role, pin)
}

func (b backoffice) RemoveMember(ctx context.Context, id protocol.ID) error {
	if err := b.may(office.ToRemoveMember); err != nil {
		return err
	}
	return b.desk.Remove(ctx, b.desk.OnDuty(), id)
}

func (b backoffice) SetPIN(ctx context.Context, id protocol.ID, pin []byte) error {
	defer clear(pin)
	if err := b.may(office.ToSetPIN); err != nil {
		return err
	}
	return b.desk.SetPIN(ctx, b.desk.OnDuty(), id, pin)
}

func (b backoffice) ChangePIN(ctx context.Context, old, pin []byte) error {
	defer clear(old)
	defer clear(pin)
	if err := b.may(office.ToChangePIN); err != nil {
		return err
	}
	s, err := b.desk.Prove(ctx, b.desk.OnDuty(), old)
	if err != nil {
		return err
	}
	return b.desk.SetPIN(ctx, s, s.Member().ID, pin)
}

func (b backoffice) Unlock(ctx context.Context, id protocol.ID) error {
	if err := b.may(office.ToUnlock); err != nil {
		return err
	}
	return b.desk.Unlock(ctx, b.desk.OnDuty(), id)
}

// colleagues are the members with what keeps them out.
func (t *terminal) colleagues() []office.Colleague {
	var list []office.Colleague
	for _, m := range t.desk.Members() {
		list = append(list, office.Colleague{Member: m, Locked: t.desk.Locked(m.ID)})
	}
	return list
}
