package secureunit

import (
	"fmt"

	"github.com/miekg/pkcs11"
)

// Initialise makes the token that cfg names in a free slot, with soPIN for the
// security officer and cfg.PIN for the user. A label in use is refused with
// ErrTokenExists, unless that token was left without a user PIN by an
// interrupted Initialise: then it is finished. An empty soPIN is for NSS
// softokn, which has no security officer. Open Units of the same module are
// not disturbed.
func Initialise(cfg Config, soPIN PIN) (err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return err
	}
	so, err := officer(soPIN)
	if err != nil {
		return err
	}
	defer clear(so)
	user, err := ask(cfg.PIN)
	if err != nil {
		return err
	}
	defer clear(user)

	m, err := modules.acquire(cfg.Module, cfg.Parameters)
	if err != nil {
		return err
	}
	defer func() {
		if e := modules.release(m); err == nil {
			err = e
		}
	}()
	m.admin.Lock()
	defer m.admin.Unlock()
	slot, err := m.blank(cfg.Token, so)
	if err != nil {
		return err
	}
	return m.setUserPIN(slot, so, user)
}

// blank returns the slot of a token with the label and no user PIN.
func (m *module) blank(label string, so []byte) (uint, error) {
	existing, err := m.find(label)
	if err != nil {
		return 0, err
	}
	if len(existing) == 1 && existing[0].flags&pkcs11.CKF_USER_PIN_INITIALIZED == 0 {
		return existing[0].slot, nil
	}
	if len(existing) > 0 {
		return 0, fmt.Errorf("secure unit: make token %q: %w", label, ErrTokenExists)
	}
	free, err := m.empty()
	if err != nil {
		return 0, err
	}
	for _, t := range free {
		if t.label == label { // NSS softokn names its one token before it is made
			return t.slot, nil
		}
	}
	if len(free) == 0 {
		return 0, fmt.Errorf("secure unit: make token %q: %w", label, ErrNoFreeSlot)
	}
	if err := m.ctx.InitToken(free[0].slot, transient(so), label); err != nil {
		return 0, during("make token", err)
	}
	made, err := m.one(label) // SoftHSM gives the new token another slot number
	return made.slot, err
}

func (m *module) setUserPIN(slot uint, so, user []byte) (err error) {
	session, err := m.ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return during("open session", err)
	}
	defer func() {
		if e := m.ctx.CloseSession(session); err == nil {
			err = during("close session", e)
		}
	}()
	if err := m.ctx.Login(session, pkcs11.CKU_SO, transient(so)); err != nil {
		return during("log in as security officer", err)
	}
	if err := m.ctx.InitPIN(session, transient(user)); err != nil {
		return during("set user PIN", err)
	}
	return during("log out", m.ctx.Logout(session))
}

// ask gets the user PIN from its source; the caller wipes it. It is never
// empty: a token that takes an empty PIN keeps nothing.
func ask(source PIN) ([]byte, error) {
	pin, err := officer(source)
	if err == nil && len(pin) == 0 {
		err = fmt.Errorf("secure unit: get PIN: %w", ErrBadPIN)
	}
	return pin, err
}

// officer gets the security officer's PIN from its source.
func officer(source PIN) ([]byte, error) {
	if source == nil {
		return nil, fmt.Errorf("secure unit: get PIN: %w", ErrBadPIN)
	}
	pin, err := source()
	if err != nil {
		return nil, fmt.Errorf("secure unit: get PIN: %w (%w)", ErrBadPIN, err)
	}
	return pin, nil
}
