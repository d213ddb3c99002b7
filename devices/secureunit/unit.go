package secureunit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/miekg/pkcs11"
)

// Unit is an open secure unit. All its methods may be used from any number of
// goroutines.
type Unit struct {
	label string
	pin   PIN
	wait  time.Duration
	m     *module

	// making serialises the making and replacing of keys and objects, whose
	// steps are look, create, remove; readers of objects share it, so that
	// none is removed between finding and reading it.
	making sync.RWMutex

	// pool holds every session that is not in use. Receiving one is the right
	// to run one operation.
	pool    chan *session
	closing chan struct{}
	closed  sync.Once
	failed  error // what Close met

	mu sync.Mutex
	// anchor stays open as long as the Unit: the keys of scramble codes
	// belong to it, and while any session is open the login lasts. Only one
	// caller at a time may use it, with mu held.
	anchor   pkcs11.SessionHandle
	slot     uint
	identity string
	// era changes when all sessions were lost, epoch when handles were.
	era, epoch int
	keys       map[Key]pkcs11.ObjectHandle
	refused    error // a PIN refused while logging in again: never tried twice
}

// Open finds the token by its label, logs in and keeps the login until Close.
// Errors: ErrNoModule, ErrModuleFailed, ErrNoToken, ErrAmbiguous, ErrWrongPIN,
// ErrPINLocked, ErrBadPIN, and ctx's.
func Open(ctx context.Context, cfg Config) (*Unit, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("secure unit: open token %q: %w", cfg.Token, err)
	}
	pin, err := ask(cfg.PIN)
	if err != nil {
		return nil, err
	}
	defer clear(pin)
	m, err := modules.acquire(cfg.Module, cfg.Parameters)
	if err != nil {
		return nil, err
	}
	u := &Unit{
		label:   cfg.Token,
		pin:     cfg.PIN,
		wait:    cfg.Wait,
		m:       m,
		pool:    make(chan *session, cfg.Sessions),
		closing: make(chan struct{}),
		keys:    make(map[Key]pkcs11.ObjectHandle),
	}
	for range cfg.Sessions {
		u.pool <- new(session)
	}
	if err := u.connect(pin); err != nil {
		return nil, errors.Join(err, modules.release(m))
	}
	return u, nil
}

// connect opens the anchor and logs in.
func (u *Unit) connect(pin []byte) error {
	u.m.admin.Lock()
	defer u.m.admin.Unlock()
	t, err := u.m.one(u.label)
	if err != nil {
		return err
	}
	u.slot, u.identity = t.slot, t.identity
	u.anchor, err = u.m.ctx.OpenSession(t.slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return during("open session", err)
	}
	if err := u.m.join(u.anchor, t.identity, pin); err != nil {
		return during(fmt.Sprintf("log in to token %q", u.label),
			errors.Join(err, u.m.ctx.CloseSession(u.anchor)))
	}
	return nil
}

// Close waits for operations under way, closes every session and, with the
// last Unit of the module, finalises it. Live scramble codes die with it.
// Further calls do nothing.
func (u *Unit) Close() error {
	u.closed.Do(func() { u.failed = u.close() })
	return u.failed
}

func (u *Unit) close() error {
	close(u.closing)
	var errs []error
	for range cap(u.pool) {
		s := <-u.pool
		if s.open && s.era == u.currentEra() {
			errs = append(errs, u.shut(s.handle))
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.keys)
	errs = append(errs, u.shut(u.anchor))
	u.m.admin.Lock()
	u.m.leave(u.identity)
	u.m.admin.Unlock()
	errs = append(errs, modules.release(u.m))
	return errors.Join(errs...)
}

// shut closes a session; one that is gone already is as good as closed.
func (u *Unit) shut(handle pkcs11.SessionHandle) error {
	u.m.admin.Lock()
	defer u.m.admin.Unlock()
	err := u.m.ctx.CloseSession(handle)
	if interrupted(err) || is(err, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED) {
		return nil
	}
	return during("close session", err)
}

// bounded is the context of the methods that take none.
func (u *Unit) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), u.wait)
}
