// Package welcome is a terminal's first run: what has to be told and done between a
// machine that was just installed and a till that sells. In order: the language, the
// authority's address, the enrolment code, the enrolment itself (claim 3 steps a to d of
// CN103985036A), settlement's address and the shop's account there, the first manager, the
// devices. What the installer's settings say of the shop is not asked. It draws nothing;
// screens does.
//
// # Guarantees
//
//   - It may be cut off at any point, by the power too, and begun again: what was told is
//     in one small file, written whole; what was done is asked of the terminal itself
//     (whether it is enrolled, where its sales go, whether it has a manager), never of the
//     file.
//   - The same enrolment code is used again after an interruption, because the authority
//     answers the same keys with the same certificate. It is forgotten as soon as the
//     enrolment is complete, or the authority says that the code serves no more.
//   - The file goes last, when everything has been done.
//
// # Limits
//
// One first run at a time: two programs with one file would undo each other's steps. The
// file holds the code as it was typed, readable by its owner; whoever can read it there
// before the enrolment is complete could enrol another device with it.
package welcome

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"countersign/protocol"
)

// Step is where the first run is.
type Step int

// The steps, in order.
const (
	AtLanguage   Step = iota
	AtAuthority       // its address is asked for
	AtCode            // the enrolment code is
	AtEnrolment       // it goes on, or has failed
	AtSettlement      // settlement's address is asked for
	AtMerchant        // the reference of the shop's account there is
	AtManager         // the first manager's name and PIN
	AtDevices         // which devices are there
	Done
)

// Errors of what was told.
var (
	// ErrAddress says that it is no address of a server: https, a host, perhaps a port.
	ErrAddress = errors.New("not the https address of a server")
	// ErrMerchant says that it is no reference of an account: 1 to 16 bytes without spaces.
	ErrMerchant = errors.New("not the reference of an account")
	// ErrStep says that it is not the time for it.
	ErrStep = errors.New("not at this step of the first run")
)

// Terminal is what the first run does something to. Its methods are called one at a time.
type Terminal interface {
	// Enrolled says whether the enrolment is complete.
	Enrolled(ctx context.Context) (bool, error)
	// Enrol has the terminal enrolled, and tells each phase as it begins.
	Enrol(ctx context.Context, authority, code string, begins func(Phase)) error
	// Shop is what is known of where sales go, by the installer's settings or KeepShop.
	Shop() Shop
	// KeepShop keeps what was told of it.
	KeepShop(Shop) error
	// Managed says whether there is a manager.
	Managed(ctx context.Context) (bool, error)
	// AddManager adds the first manager. The PIN stays the caller's.
	AddManager(ctx context.Context, id protocol.ID, pin []byte) error
	// Prefer keeps the language for all that comes.
	Prefer(language string) error
	// Devices looks at the devices, and returns what it found in the end.
	Devices(ctx context.Context) []Device
}

// Shop is where sales go.
type Shop struct {
	Settlement string // its address; empty while it is not known
	Merchant   string // reference of the account to be credited; empty while it is not known
}

// Device is a device as it was found.
type Device struct {
	ID     string // "camera", "sensor", "printer", "reader", "imager", "settlement"
	Good   bool
	Doubt  bool   // it is there, and somebody should look at it
	Needed bool   // nothing can be sold without it
	Detail string // where the settings say it is
}

// Wizard is a first run. It is safe for concurrent use.
type Wizard struct {
	file     string
	terminal Terminal

	mu     sync.Mutex
	at     Step
	told   progress
	ready  bool   // every device that is needed was there when they were looked at last
	prefix string // authority's address by the installer's settings
	asks   Shop   // of which what is empty is asked: the rest is in the installer's settings
}

// Wanted says whether a first run is to begin or to go on: one was begun and not finished,
// the terminal is not enrolled, or nobody has said where its sales go.
func Wanted(ctx context.Context, file string, t Terminal) (bool, error) {
	if Begun(file) {
		return true, nil
	}
	enrolled, err := t.Enrolled(ctx)
	if err != nil {
		return false, err
	}
	shop := t.Shop()
	return !enrolled || shop.Settlement == "" || shop.Merchant == "", nil
}

// Installed is what the installer's settings say; what is empty there is asked for.
type Installed struct {
	Authority string // only to begin with
	Shop      Shop
}

// Open begins a first run, or goes on with it.
func Open(ctx context.Context, file string, by Installed, t Terminal) (*Wizard, error) {
	told, err := loadProgress(file)
	if err != nil {
		return nil, err
	}
	w := &Wizard{file: file, terminal: t, told: told, prefix: by.Authority, asks: by.Shop}
	if w.at, err = w.place(ctx); err != nil {
		return nil, err
	}
	if w.at > AtEnrolment && told.Code != "" { // it was cut off between its certificate and forgetting the code
		told.Code = ""
		if err := w.keep(told, w.at); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// place is where a first run goes on that was told what this one was.
func (w *Wizard) place(ctx context.Context) (Step, error) {
	enrolled, err := w.terminal.Enrolled(ctx)
	if err != nil {
		return 0, err
	}
	if enrolled {
		return w.settled(ctx)
	}
	switch {
	case w.told.Language == "":
		return AtLanguage, nil
	case w.told.Authority == "":
		return AtAuthority, nil
	case w.told.Code == "":
		return AtCode, nil
	}
	return AtEnrolment, nil
}

// settled is where one goes on whose enrolment is complete.
func (w *Wizard) settled(ctx context.Context) (Step, error) {
	switch shop := w.terminal.Shop(); {
	case shop.Settlement == "":
		return AtSettlement, nil
	case shop.Merchant == "":
		return AtMerchant, nil
	}
	switch managed, err := w.terminal.Managed(ctx); {
	case err != nil:
		return 0, err
	case managed:
		return AtDevices, nil
	}
	return AtManager, nil
}

// At is where it is.
func (w *Wizard) At() Step {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// Language is the one that was chosen, or nothing.
func (w *Wizard) Language() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told.Language
}

// Authority is the address that was told, or the one in the installer's settings.
func (w *Wizard) Authority() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told.Authority != "" {
		return w.told.Authority
	}
	return w.prefix
}

// Shop is where sales go, as far as it is known.
func (w *Wizard) Shop() Shop { return w.terminal.Shop() }

// Code is the enrolment code that was told.
func (w *Wizard) Code() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told.Code
}

// keep goes on to a step with what is told by then.
func (w *Wizard) keep(told progress, at Step) error {
	if err := told.save(w.file); err != nil {
		return err
	}
	w.told, w.at = told, at
	return nil
}

// expect is ErrStep unless it is the time for it.
func (w *Wizard) expect(at Step) error {
	if w.at != at {
		return fmt.Errorf("%w: at %d, not %d", ErrStep, w.at, at)
	}
	return nil
}

// ChooseLanguage keeps the language's tag and goes on to the authority.
func (w *Wizard) ChooseLanguage(tag string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtLanguage); err != nil {
		return err
	}
	if err := w.terminal.Prefer(tag); err != nil {
		return err
	}
	told := w.told
	told.Language = tag
	return w.keep(told, AtAuthority)
}
