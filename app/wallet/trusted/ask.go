package trusted

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// This file is the trusted side's conversation with the owner. It asks again
// after a wrong entry, until the owner declines, time is over, or the PIN is
// locked.

// RequirePIN returns nil once the owner has entered the PIN for a purpose; that
// unlocks the wallet as well. Errors: ErrNoPIN, ErrLocked (a *LockedError),
// ErrNoScreen, ErrDeclined, ErrPromptOver, the context's and the secure unit's.
func (o *Owner) RequirePIN(ctx context.Context, p Prompt) error {
	pin, err := o.askPIN(ctx, p)
	clear(pin)
	return err
}

// askPIN asks for the present PIN until it is right, and returns it.
func (o *Owner) askPIN(ctx context.Context, p Prompt) ([]byte, error) {
	o.asking.Lock()
	defer o.asking.Unlock()
	kept, err := o.load()
	if err != nil {
		return nil, err
	}
	p.Mark = kept.Mark
	if now := o.now(); now.Before(lockedUntil(kept, now)) {
		return nil, o.tellLocked(ctx, p, &LockedError{lockedUntil(kept, now).Sub(now)})
	}
	for {
		pin, err := o.prompter.AskPIN(ctx, p)
		if err != nil {
			return nil, err
		}
		err = o.Verify(ctx, pin)
		if err == nil {
			o.setUnlocked()
			return pin, nil
		}
		clear(pin)
		var locked *LockedError
		switch {
		case errors.As(err, &locked):
			return nil, o.tellLocked(ctx, p, locked)
		case !errors.Is(err, ErrWrongPIN):
			return nil, err
		}
		p.Notice = NoticeWrong
		if kept, err := o.load(); err == nil && kept.Attempts.Failures >= pinhash.FreeTries {
			p.Notice = NoticeLast
		}
	}
}

func lockedUntil(r record, now time.Time) time.Time {
	_, until := r.Attempts.Locked(now)
	return until
}

// tellLocked shows that the PIN is locked, until the owner has seen it.
func (o *Owner) tellLocked(ctx context.Context, p Prompt, locked *LockedError) error {
	p.Notice, p.Locked = NoticeLocked, locked.For
	pin, err := o.prompter.AskPIN(ctx, p)
	clear(pin)
	if err != nil && !errors.Is(err, ErrDeclined) && !errors.Is(err, ErrPromptOver) {
		return errors.Join(locked, err)
	}
	return locked
}

// Confirm has the owner agree to an amount on the trusted screen: with the PIN
// where the wallet is locked, else with a key. Errors: those of RequirePIN.
func (o *Owner) Confirm(ctx context.Context, p Prompt) error {
	if !o.Unlocked() {
		p.Purpose = ToPay
		return o.RequirePIN(ctx, p)
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	p.Purpose, p.Mark = ToConfirm, o.Mark()
	if err := o.prompter.Confirm(ctx, p); err != nil {
		return err
	}
	o.touched()
	return nil
}

// Unlock asks for the PIN unless the wallet is unlocked. It does not keep an unlocked
// wallet open: a client could go on asking for ever. Errors: those of RequirePIN.
func (o *Owner) Unlock(ctx context.Context) error {
	if o.Unlocked() {
		return nil
	}
	return o.RequirePIN(ctx, Prompt{Purpose: ToUnlock})
}

// ShowNumber shows the owner's own card number on the trusted screen, the only place
// where it is ever seen, until the owner puts it away or its time is over; it asks for
// the PIN first unless the wallet is unlocked. Errors: those of RequirePIN but, once it
// is shown, ErrDeclined and ErrPromptOver.
func (o *Owner) ShowNumber(ctx context.Context, number protocol.CardNumber) error {
	if err := o.Unlock(ctx); err != nil {
		return err
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	err := o.prompter.Confirm(ctx, Prompt{Purpose: ToShow, Number: number, Mark: o.Mark()})
	switch {
	case err == nil:
		o.touched()
	case errors.Is(err, ErrDeclined), errors.Is(err, ErrPromptOver):
		return nil
	}
	return err
}

// Unlocked says whether the PIN was entered, or the trusted screen touched since, within
// IdleTime.
func (o *Owner) Unlocked() bool {
	o.state.Lock()
	defer o.state.Unlock()
	now := o.now()
	// A clock set back must not stretch it.
	return now.Before(o.unlocked) && o.unlocked.Sub(now) <= IdleTime
}

// touched begins the idle time anew if the wallet is unlocked: the owner was at the
// trusted screen.
func (o *Owner) touched() {
	if o.Unlocked() {
		o.setUnlocked()
	}
}

// Lock locks the wallet.
func (o *Owner) Lock() {
	o.state.Lock()
	defer o.state.Unlock()
	o.unlocked = time.Time{}
}

func (o *Owner) setUnlocked() {
	o.state.Lock()
	defer o.state.Unlock()
	o.unlocked = o.now().Add(IdleTime)
}

// SetUp has the owner choose PIN and mark on the trusted screen, with the old PIN
// first where there is one. Errors: those of RequirePIN but ErrNoPIN.
func (o *Owner) SetUp(ctx context.Context) error {
	has, err := o.HasPIN()
	if err != nil {
		return err
	}
	var old []byte
	if has {
		if old, err = o.askPIN(ctx, Prompt{Purpose: ToChange}); err != nil {
			return err
		}
		defer clear(old)
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	mark := o.Mark()
	if !has {
		if mark, err = o.prompter.ChooseMark(ctx, NewMark); err != nil {
			return err
		}
	}
	pin, err := o.choose(ctx, mark)
	if err != nil {
		return err
	}
	defer clear(pin)
	if has {
		return o.Change(ctx, old, pin, mark)
	}
	return o.SetFirst(ctx, pin, mark)
}

// choose asks for a new PIN, twice.
func (o *Owner) choose(ctx context.Context, mark Mark) ([]byte, error) {
	notice := NoticeNone
	for {
		pin, err := o.prompter.AskPIN(ctx, Prompt{Purpose: ToChoose, Mark: mark, Notice: notice})
		if err != nil {
			return nil, err
		}
		if pinhash.Check(pin, MinPIN, MaxPIN) != nil {
			clear(pin)
			notice = NoticeGuessable
			continue
		}
		again, err := o.prompter.AskPIN(ctx, Prompt{Purpose: ToRepeat, Mark: mark})
		if err != nil {
			clear(pin)
			return nil, err
		}
		same := slices.Equal(pin, again)
		clear(again)
		if same {
			return pin, nil
		}
		clear(pin)
		notice = NoticeDiffer
	}
}
