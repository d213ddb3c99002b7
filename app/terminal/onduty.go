package main

import (
	"context"
	"fmt"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/protocol"
)

// openStaff opens the staff's file, and puts on duty whom the flags name, in the
// shift that was open when the terminal stopped or in a new one.
func (t *terminal) openStaff(ctx context.Context) (err error) {
	if t.people, err = store.Open(t.staffFile()); err != nil {
		return err
	}
	t.desk, err = staff.Open(ctx, staff.Options{Store: t.people, Recorder: adapter.Book{Journal: t.journal}, Now: time.Now, Log: t.log})
	if err != nil || t.cashier == "" {
		return err
	}
	pin, err := readPIN(t.cashierPINFile, nil)
	if err != nil {
		return err
	}
	defer clear(pin)
	if _, err := t.desk.SignIn(ctx, protocol.ID(t.cashier), pin); err != nil {
		return fmt.Errorf("sign %s in: %w", t.cashier, err)
	}
	if t.desk.Shift().Open() {
		return nil
	}
	_, err = t.desk.OpenShift(ctx, 0)
	return err
}
