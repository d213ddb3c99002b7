package steps

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/updater/updatefile"
)

// begin writes down where the machine goes, and goes.
func (u *Updater) begin(ctx context.Context, to, from updatefile.Version) error {
	s, err := u.State()
	if err != nil {
		return err
	}
	next := State{Phase: Installing, To: to, Bad: u.Health.Before(ctx), Last: s.Last}
	if _, err := u.manifestOf(u.kept(from)); err == nil && from != to {
		next.From = from
	}
	if err := u.write(next); err != nil {
		return err
	}
	return u.goOn(ctx, next)
}

// goOn goes from step to step until none is left. Where ctx ends meanwhile, Resume goes
// on with the step.
func (u *Updater) goOn(ctx context.Context, s State) (err error) {
	for s.Phase != Idle && s.Phase != Stuck {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch s.Phase {
		case Installing:
			s, err = u.installNew(ctx, s)
		case Checking:
			s, err = u.check(ctx, s)
		case GoingBack:
			s, err = u.installOld(ctx, s)
		case CheckingBack:
			s, err = u.checkBack(ctx, s)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case s.Phase == Stuck:
		return stuck(s)
	case s.Last.Why != "":
		return fmt.Errorf("%w: %s", ErrTakenBack, s.Last.Why)
	}
	return nil
}

func stuck(s State) error { return fmt.Errorf("%w: %s", ErrStuck, s.Why) }

// installNew installs the new version, but not for ever: it may take the machine down.
func (u *Updater) installNew(ctx context.Context, s State) (State, error) {
	if s.Tries >= mostTries {
		return u.refuse(s, fmt.Errorf("the machine went down %d times while it was installed", s.Tries))
	}
	s.Tries++
	if err := u.write(s); err != nil {
		return s, err
	}
	paths, err := u.unpack(ctx, u.kept(s.To))
	if err != nil && ctx.Err() == nil && s.Tries == 1 && s.From != "" {
		// Such as a full disk. Nothing was installed yet, so that there is nothing to take back.
		return u.end(s, s.From, short(fmt.Sprintf("lay out %s: %v", s.To, err)))
	}
	return u.install(ctx, s, s.To, paths, err, Checking)
}

// installOld installs the version before again.
func (u *Updater) installOld(ctx context.Context, s State) (State, error) {
	paths, err := u.unpack(ctx, u.kept(s.From))
	return u.install(ctx, s, s.From, paths, err, CheckingBack)
}

// install installs the packages of a version, unless it was an error to lay them out,
// and goes on to a phase.
func (u *Updater) install(ctx context.Context, s State, version updatefile.Version, paths []string, err error, then Phase) (State, error) {
	if err == nil {
		err = u.installAll(ctx, version, paths)
	}
	if ended := ctx.Err(); err != nil && ended != nil {
		return s, ended
	}
	if err != nil {
		return u.refuse(s, fmt.Errorf("install %s: %w", version, err))
	}
	u.failPoint(pointInstalled)
	s.Phase, s.Tries = then, 0
	return s, u.write(s)
}

func (u *Updater) installAll(ctx context.Context, version updatefile.Version, paths []string) error {
	u.failPoint(pointUnpacked)
	if err := u.Installer.Install(ctx, paths); err != nil {
		return err
	}
	installed, err := u.installed(ctx)
	if err == nil && installed != version {
		err = fmt.Errorf("%s is installed", installed)
	}
	return err
}

// check waits for the new version.
func (u *Updater) check(ctx context.Context, s State) (State, error) {
	if s.Tries >= mostTries {
		return u.refuse(s, fmt.Errorf("the machine went down %d times while it was to come up", s.Tries))
	}
	s.Tries++
	if err := u.write(s); err != nil {
		return s, err
	}
	switch err := u.Health.Wait(ctx, s.Bad); {
	case err == nil:
		u.failPoint(pointHealthy)
		return u.end(s, s.To, "")
	case ctx.Err() != nil:
		s.Tries-- // somebody ended this program: that says nothing about the other
		return s, errors.Join(ctx.Err(), u.write(s))
	default:
		return u.refuse(s, err)
	}
}

// checkBack waits for the version before.
func (u *Updater) checkBack(ctx context.Context, s State) (State, error) {
	switch err := u.Health.Wait(ctx, s.Bad); {
	case err == nil:
		u.failPoint(pointHealthy)
		return u.end(s, s.From, s.Why)
	case ctx.Err() != nil:
		return s, ctx.Err()
	default:
		return u.refuse(s, fmt.Errorf("%s neither: %w", s.From, err))
	}
}

// refuse goes back after an error, or is stuck where there is no further back.
func (u *Updater) refuse(s State, why error) (State, error) {
	u.Log.Error("update", "phase", s.Phase, "to", s.To, "from", s.From, "error", why)
	switch {
	case s.Phase == GoingBack && s.Tries < mostTries-1: // such as another program that has dpkg's lock
		s.Tries++
		return s, errors.Join(u.write(s), fmt.Errorf("go back to %s, to be tried again: %w", s.From, why))
	case (s.Phase == Installing || s.Phase == Checking) && s.From != "":
		s.Phase, s.Why, s.Tries = GoingBack, short(why.Error()), 0
	default:
		s.Phase, s.Tries = Stuck, 0
		if s.Why != "" {
			s.Why += "; "
		}
		s.Why = short(s.Why + why.Error())
		s.Last = &Outcome{Version: s.To, At: u.Now().UTC(), Why: s.Why}
	}
	return s, u.write(s)
}

// mostWhy bounds a reason in bytes.
const mostWhy = 2000

func short(text string) string { return fmt.Sprintf("%.*s", mostWhy, text) }

// end writes down how it ended, and forgets what is not needed any more: a version that
// did not come up, and those before the one before.
func (u *Updater) end(s State, installed updatefile.Version, why string) (State, error) {
	to, from := s.To, s.From
	s = State{Phase: Idle, Last: &Outcome{Version: to, Installed: installed, At: u.Now().UTC(), Why: why}}
	if err := u.write(s); err != nil {
		return s, err
	}
	u.failPoint(pointEnded)
	but := []updatefile.Version{to, from}
	if why != "" {
		but = []updatefile.Version{from}
		list, err := u.Kept()
		if err != nil {
			return s, err
		}
		for _, v := range list { // what was kept beside it stays
			if v != to {
				but = append(but, v)
			}
		}
	}
	return s, errors.Join(u.clear(), u.forget(but...))
}
