// Package welcome is a terminal's first run: what has to be told and done between a
// machine that was just installed and a till that sells. In order: the language, the
// authority's address, the enrolment code, the enrolment itself (claim 3 steps a to d of
// CN103985036A), the first manager, the devices. It draws nothing; screens does.
//
// # Guarantees
//
//   - It may be cut off at any point, by the power too, and begun again: what was told is
//     in one small file, written whole; what was done is asked of the terminal itself
//     (whether it is enrolled, whether it has a manager), never of the file.
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
	"net/url"
	"strings"
	"sync"

	"countersign/protocol"
)

// Step is where the first run is.
type Step int

// The steps, in order.
const (
	AtLanguage  Step = iota
	AtAuthority      // its address is asked for
	AtCode           // the enrolment code is
	AtEnrolment      // it goes on, or has failed
	AtManager        // the first manager's name and PIN
	AtDevices        // which devices are there
	Done
)

// Errors of what was told.
var (
	// ErrAddress says that it is no address of an authority: https, a host, perhaps a port.
	ErrAddress = errors.New("not the https address of an authority")
	// ErrStep says that it is not the time for it.
	ErrStep = errors.New("not at this step of the first run")
)

// Terminal is what the first run does something to. Its methods are called one at a time.
type Terminal interface {
	// Enrolled says whether the enrolment is complete.
	Enrolled(ctx context.Context) (bool, error)
	// Enrol has the terminal enrolled, and tells each phase as it begins.
	Enrol(ctx context.Context, authority, code string, begins func(Phase)) error
	// Managed says whether there is a manager.
	Managed(ctx context.Context) (bool, error)
	// AddManager adds the first manager. The PIN stays the caller's.
	AddManager(ctx context.Context, id protocol.ID, pin []byte) error
	// Prefer keeps the language for all that comes.
	Prefer(language string) error
	// Devices looks at the devices, and returns what it found in the end.
	Devices(ctx context.Context) []Device
}

// Device is a device as it was found.
type Device struct {
	ID     string // "camera", "sensor", "printer", "reader", "imager", "settlement"
	Good   bool
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
}

// Open begins a first run, or goes on with it. authority is the address that the
// installer's settings name, or nothing.
func Open(ctx context.Context, file, authority string, t Terminal) (*Wizard, error) {
	told, err := loadProgress(file)
	if err != nil {
		return nil, err
	}
	w := &Wizard{file: file, terminal: t, told: told, prefix: authority}
	if w.at, err = w.place(ctx); err != nil {
		return nil, err
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
		managed, err := w.terminal.Managed(ctx)
		switch {
		case err != nil:
			return 0, err
		case managed:
			return AtDevices, nil
		}
		return AtManager, nil
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

// TellAuthority takes the authority's address and goes on to the code, or to the enrolment
// where there is one already. "https://" may be left out. Errors: ErrAddress.
func (w *Wizard) TellAuthority(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtAuthority); err != nil {
		return err
	}
	address, err := Address(text)
	if err != nil {
		return err
	}
	told, next := w.told, AtCode
	told.Authority = address
	if told.Code != "" {
		next = AtEnrolment
	}
	return w.keep(told, next)
}

// Address completes an authority's address as people type it. Errors: ErrAddress.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	at, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || !strings.EqualFold(at.Scheme, "https") || at.Hostname() == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return "", fmt.Errorf("%w: %q", ErrAddress, text)
	}
	return at.String(), nil
}

// TellCode takes the enrolment code and goes on to the enrolment. It is what a code reads
// as, in capitals or not, and with the spaces that pasting and folding bring. Errors:
// enrolment.ErrCode, ErrCodeRole: for something else than a terminal.
func (w *Wizard) TellCode(text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.expect(AtCode); err != nil {
		return err
	}
	code, err := checkCode(text)
	if err != nil {
		return err
	}
	told := w.told
	told.Code = code
	return w.keep(told, AtEnrolment)
}

// Back goes back to what was told before, as far as it can still be told otherwise: not
// behind a complete enrolment, and not behind a manager.
func (w *Wizard) Back() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.at {
	case AtAuthority, AtCode, AtEnrolment:
		w.at--
		return true
	}
	return false
}

// BackTo goes back to the authority's address or to the code after an enrolment has failed.
func (w *Wizard) BackTo(step Step) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at != AtEnrolment || step != AtAuthority && step != AtCode {
		return false
	}
	w.at = step
	return true
}
