package welcome

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"countersign/protocol"
)

// This file is what the first run has the terminal do, after all was told.

// Enrol has the terminal enrolled and goes on to the shop; it returns when it is done
// or has failed, and may then be called again. A code that serves no more is forgotten.
func (w *Wizard) Enrol(ctx context.Context, begins func(Phase)) error {
	w.mu.Lock()
	err := w.expect(AtEnrolment)
	told := w.told
	w.mu.Unlock()
	if err != nil {
		return err
	}
	failed := w.terminal.Enrol(ctx, told.Authority, told.Code, begins)
	if failed != nil && !TroubleOf(failed).Spent {
		return failed
	}
	next := AtEnrolment // where a failure is told; Back goes to the code
	if failed == nil {
		if next, err = w.settled(ctx); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	told.Code = ""
	return errors.Join(failed, w.keep(told, next))
}

// AddManager adds the first manager and goes on to the devices. Errors: the staff's.
func (w *Wizard) AddManager(ctx context.Context, id protocol.ID, pin []byte) error {
	w.mu.Lock()
	err := w.expect(AtManager)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	if err := w.terminal.AddManager(ctx, id, pin); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.onward(ctx)
}

// Devices looks at the devices.
func (w *Wizard) Devices(ctx context.Context) []Device {
	found := w.terminal.Devices(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = len(found) > 0
	for _, d := range found {
		w.ready = w.ready && (d.Good || !d.Needed)
	}
	return found
}

// Finish ends the first run, once all that is needed was found. Errors: ErrStep.
func (w *Wizard) Finish() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtDevices); err != nil {
		return err
	}
	if !w.ready {
		return fmt.Errorf("%w: something that is needed is missing", ErrStep)
	}
	if err := os.Remove(w.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end the first run: %w", err)
	}
	w.at = Done
	return nil
}
