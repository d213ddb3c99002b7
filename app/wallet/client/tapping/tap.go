package tapping

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/wallet/trusted/purse"
)

// ErrRadioLost says that the phone's front end does not work.
var ErrRadioLost = errors.New("the radio does not work")

// ErrFieldLost says that the phone left the terminal's field before there was a result.
var ErrFieldLost = errors.New("the phone has left the field")

// errTime says that nothing came of the phone's being held.
var errTime = errors.New("no terminal has asked")

// farewell is how long the trusted application may take to disarm the card of a
// phone that is leaving: one that is stuck must not keep the phone from ending. The
// card disarms itself when its time is over.
const farewell = 5 * time.Second

// Tap has the owner unlock the wallet, arms the card and holds the phone to the
// terminal.
func (c *Card) Tap() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.Radio == nil:
		return ErrNoRadio
	case c.view.Stage != Resting && c.view.Stage != Again && c.view.Stage != Ended:
		return ErrBusy
	}
	ctx, lift := context.WithCancel(c.ctx)
	c.lift = lift
	c.taps++
	this := c.taps
	c.view.Stage, c.view.Notice, c.view.Event, c.late = Unlocking, ReasonNone, purse.Event{}, false
	c.Show(c.view)
	c.running.Go(func() {
		defer lift()
		c.field.Lock() // the one before may still be about to leave
		err := c.hold(ctx)
		c.field.Unlock()
		c.mu.Lock()
		over := c.taps == this && (c.view.Stage == Unlocking || c.view.Stage == Held)
		c.mu.Unlock()
		if over { // else it has come to something
			if ctx.Err() != nil {
				err = nil // the owner has lifted it
			}
			c.rest(err)
		}
	})
	return nil
}

// Lift takes the phone out of the field.
func (c *Card) Lift() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.view.Stage != Unlocking && c.view.Stage != Held {
		return ErrNothing
	}
	c.lift()
	return nil
}

// hold arms the card and holds the phone to the terminal until a tap has come to
// something, which happened says, or time is over.
func (c *Card) hold(ctx context.Context) error {
	if err := c.Trusted.ArmCard(ctx); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		if err := c.Trusted.DisarmCard(ctx); err != nil && c.ctx.Err() == nil {
			c.Log.WarnContext(c.ctx, "card not disarmed", "error", err.Error())
		}
	}()
	held, stop := context.WithTimeoutCause(ctx, HeldFor, errTime)
	defer stop()
	// Before it enters: a terminal may be quicker than we return from that.
	c.update(func(v *View) { v.Stage, v.Until = Held, c.Now().Add(HeldFor) })
	stay, leave := context.WithCancel(context.WithoutCancel(ctx)) // lifting it lets an answer under way be sent
	defer leave()
	presence, err := c.Radio.Enter(stay)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRadioLost, err)
	}
	lost := false
	select {
	case <-held.Done():
	case <-presence.Gone():
		lost = true
	}
	left := presence.Leave()
	switch {
	case lost:
		return errors.Join(ErrFieldLost, left)
	case ctx.Err() == nil:
		return context.Cause(held)
	}
	return nil
}

// happened takes an event of the card's.
func (c *Card) happened(e purse.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[purse.Show]Stage{
		purse.ShowPaid: Ended, purse.ShowRecovered: Ended, purse.ShowFunds: Ended, purse.ShowRefused: Ended,
		purse.ShowConfirm: Asked, purse.ShowTapAgain: Again,
	}[e.Kind]
	// A terminal that asks about a former tap goes on with this one in the same stay.
	held := c.view.Stage == Held || c.view.Stage == Ended && c.view.Event.Kind == purse.ShowRecovered || c.view.Stage == Resting && c.late
	switch {
	case next == "":
		return
	case next == Again && c.view.Stage != Asked, next != Again && !held:
		return // the owner has left
	}
	if c.late {
		c.view.Notice = ReasonNone // it has come to something after all
	}
	c.view.Stage, c.view.Event, c.late = next, e, false
	if next != Again {
		c.lift() // which waits until the answer is sent
	}
	c.Show(c.view)
}
