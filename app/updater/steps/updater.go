package steps

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"countersign/app/updater/updatefile"
)

// Errors of an update.
var (
	// ErrBusy says that another process works in the folder.
	ErrBusy = errors.New("another update is under way")
	// ErrUnfinished says that an update was interrupted: Resume ends it.
	ErrUnfinished = errors.New("an update was interrupted and is not ended")
	// ErrNoWayBack says that no file of the version before is kept.
	ErrNoWayBack = errors.New("the update file of the installed version is not kept: there would be no way back")
	// ErrTakenBack says that a version did not come up or could not be installed, and the
	// one before is installed.
	ErrTakenBack = errors.New("the new version did not come up; the one before is installed")
	// ErrStuck says that nothing comes up.
	ErrStuck = errors.New("neither version comes up")
)

// Installer installs packages. It is called by one goroutine at a time.
type Installer interface {
	// Installed returns the version that is installed whole; an error where there is none.
	Installed(ctx context.Context, product string) (string, error)
	// Examine says which package a file is.
	Examine(ctx context.Context, path string) (name, version, architecture string, err error)
	// Install installs packages, older ones too. It may be called again with the same ones
	// after it failed or was killed.
	Install(ctx context.Context, paths []string) error
}

// Health says whether the program is well.
type Health interface {
	// Before returns what is bad before anything is installed.
	Before(ctx context.Context) []string
	// Wait returns nil when the program is well but for that; an error when it did not
	// become so in its time, or ctx ended.
	Wait(ctx context.Context, before []string) error
}

// mostTries is how often a check may be begun: a version that takes the machine down
// with it is taken back too.
//
// The same goes for installing it, and for going back when that fails.
const mostTries = 3

// Updater updates one product. All fields but FailPoint must be set.
type Updater struct {
	// Dir is the folder of notes and kept files; it is made if missing.
	Dir                   string
	Product, Architecture string
	Keys                  []ed25519.PublicKey
	Installer             Installer
	Health                Health
	Now                   func() time.Time
	Log                   *slog.Logger
	// FailPoint is called at each of FailPoints. It is for tests that end the process there.
	FailPoint func(name string)
}

// Points at which FailPoint is called.
const (
	pointCopied    = "update.copied"
	pointKept      = "update.kept"
	pointUnpacked  = "update.unpacked"  // about to install
	pointInstalled = "update.installed" // not yet written down
	pointHealthy   = "update.healthy"   // not yet written down
	pointEnded     = "update.ended"
)

// FailPoints lists the names that Updater.FailPoint is called with, and "update.<phase>"
// for each phase as soon as it is written down.
func FailPoints() []string {
	return []string{pointCopied, pointKept, pointOf(Installing), pointUnpacked, pointInstalled, pointOf(Checking), pointHealthy, pointEnded, pointOf(Idle),
		pointOf(GoingBack), pointOf(CheckingBack)}
}

func pointOf(p Phase) string { return "update." + string(p) }

func (u *Updater) failPoint(name string) {
	if u.FailPoint != nil {
		u.FailPoint(name)
	}
}

// State returns what is written down, without waiting for whoever works.
func (u *Updater) State() (State, error) { return readState(u.notes()) }

func (u *Updater) notes() string { return filepath.Join(u.Dir, "state.json") }

func (u *Updater) write(s State) error {
	if err := writeState(u.notes(), s); err != nil {
		return fmt.Errorf("write down the step: %w", err)
	}
	u.Log.Info("update", "phase", s.Phase, "to", s.To, "from", s.From, "tries", s.Tries, "why", s.Why)
	u.failPoint(pointOf(s.Phase))
	return nil
}

// Wishes are what somebody may ask for.
type Wishes struct {
	// Older: also a version that is not newer.
	Older bool
	// NoWayBack: also where the present version's file is not kept.
	NoWayBack bool
}

// Apply brings the machine to the version of a file, and waits until it is well. Errors:
// those of updatefile, where nothing was changed; ErrUnfinished, ErrNoWayBack; ErrTakenBack
// and ErrStuck.
func (u *Updater) Apply(ctx context.Context, path string, wishes Wishes) error {
	return u.alone(func() error {
		s, err := u.State()
		if err != nil {
			return err
		}
		installed, err := u.installed(ctx)
		if err != nil && s.Phase != Stuck {
			return err
		}
		m, err := u.take(ctx, path, func(m updatefile.Manifest) error { return u.admit(s, m, installed, wishes) })
		if err != nil {
			return err
		}
		return u.begin(ctx, m.Version, installed)
	})
}

// admit says whether an update may be taken.
func (u *Updater) admit(s State, m updatefile.Manifest, installed updatefile.Version, wishes Wishes) error {
	if s.Phase != Idle && s.Phase != Stuck {
		return fmt.Errorf("%w: %s, to %s", ErrUnfinished, s.Phase, s.To)
	}
	err := m.Admit(updatefile.Machine{Product: u.Product, Architecture: u.Architecture, Installed: installed, Now: u.Now(), Older: wishes.Older})
	if err != nil {
		return err
	}
	if _, err := u.manifestOf(u.kept(installed)); err != nil && !wishes.NoWayBack {
		return fmt.Errorf("%w (%s): %w", ErrNoWayBack, installed, err)
	}
	return nil
}

// Keep keeps the file of the version that is installed, so that there is a way back to it.
func (u *Updater) Keep(ctx context.Context, path string) error {
	return u.alone(func() error {
		installed, err := u.installed(ctx)
		if err != nil {
			return err
		}
		_, err = u.take(ctx, path, func(m updatefile.Manifest) error {
			if m.Version != installed {
				return fmt.Errorf("the file is version %s, installed is %s", m.Version, installed)
			}
			return m.Admit(updatefile.Machine{Product: u.Product, Architecture: u.Architecture, Installed: installed, Now: m.Released, Older: true})
		})
		return err
	})
}

// Back brings the machine to a version that is kept.
func (u *Updater) Back(ctx context.Context, to updatefile.Version) error {
	return u.alone(func() error {
		s, err := u.State()
		if err != nil {
			return err
		}
		if s.Phase != Idle && s.Phase != Stuck {
			return fmt.Errorf("%w: %s, to %s", ErrUnfinished, s.Phase, s.To)
		}
		if _, err := u.manifestOf(u.kept(to)); err != nil {
			return fmt.Errorf("go back to %s: %w", to, err)
		}
		installed, err := u.installed(ctx)
		if err != nil && s.Phase != Stuck {
			return err
		}
		return u.begin(ctx, to, installed)
	})
}

// Resume ends what was interrupted; it does nothing where nothing was. A machine calls it
// at every start.
func (u *Updater) Resume(ctx context.Context) error {
	return u.alone(func() error {
		s, err := u.State()
		if err != nil {
			return err
		}
		switch s.Phase {
		case Idle:
			return errors.Join(os.RemoveAll(filepath.Join(u.Dir, "incoming.update")), u.clear())
		case Stuck:
			return stuck(s)
		}
		return u.goOn(ctx, s)
	})
}

func (u *Updater) installed(ctx context.Context) (updatefile.Version, error) {
	text, err := u.Installer.Installed(ctx, u.Product)
	if err != nil {
		return "", err
	}
	return updatefile.ParseVersion(text)
}

// alone makes the folder and takes its lock.
func (u *Updater) alone(work func() error) (err error) {
	if err := os.MkdirAll(filepath.Join(u.Dir, "kept"), 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(u.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := lockFile(lock); err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return work()
}
