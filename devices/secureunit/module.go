package secureunit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// modules is the one piece of state that outlives a Unit. It mirrors what is
// process-wide in any case: C_Initialize and C_Finalize act on the loaded
// library, not on who called them, so the last Unit of a module has to be
// known to finalise it, and no earlier one may.
var modules = registry{loaded: make(map[string]*module)}

type registry struct {
	mu     sync.Mutex
	loaded map[string]*module
}

// module is a loaded and initialised PKCS#11 library.
type module struct {
	ctx  *pkcs11.Ctx
	path string
	conf string // its parameters and SOFTHSM2_CONF when it was initialised
	refs int    // guarded by registry.mu

	// admin serialises slot lists, opening and closing of sessions and
	// logins: SoftHSM changes its slot table while it lists slots.
	admin  sync.Mutex
	logins map[string]*login // by token identity; guarded by admin
}

// acquire loads and initialises the module at path, or counts one more user.
func (r *registry) acquire(path, parameters string) (*module, error) {
	if strings.ContainsRune(path, filepath.Separator) {
		// The same library by two names would be initialised twice.
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, fmt.Errorf("secure unit: load %s: %w (%w)", path, ErrNoModule, err)
		}
		path = real
	}
	conf := fmt.Sprintf("SOFTHSM2_CONF=%s %s", os.Getenv("SOFTHSM2_CONF"), parameters)
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.loaded[path]; m != nil {
		if m.conf != conf {
			return nil, fmt.Errorf("secure unit: %s runs with %s, asked for %s: %w",
				path, m.conf, conf, ErrModuleFailed)
		}
		m.refs++
		return m, nil
	}
	ctx := pkcs11.New(path)
	if ctx == nil {
		return nil, fmt.Errorf("secure unit: load %s: %w", path, ErrNoModule)
	}
	if err := start(ctx, parameters); err != nil && !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		ctx.Destroy()
		return nil, fmt.Errorf("secure unit: start %s: %w (%w)", path, ErrModuleFailed, err)
	}
	m := &module{ctx: ctx, path: path, conf: conf, refs: 1, logins: make(map[string]*login)}
	r.loaded[path] = m
	return m, nil
}

func start(ctx *pkcs11.Ctx, parameters string) error {
	if parameters == "" {
		return ctx.Initialize()
	}
	text := append([]byte(parameters), 0) // a C string, read before the call returns
	return ctx.Initialize(pkcs11.InitializeWithReserved(unsafe.Pointer(unsafe.SliceData(text))))
}

// release counts one user less; the last one finalises and unloads.
func (r *registry) release(m *module) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.refs--
	if m.refs > 0 {
		return nil
	}
	delete(r.loaded, m.path)
	err := m.ctx.Finalize()
	m.ctx.Destroy()
	if err != nil && !is(err, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED) {
		return during("finalise module", err)
	}
	return nil
}

// token names a token in a slot. Two tokens never share an identity, even if
// they share a label.
type token struct {
	slot     uint
	label    string
	identity string
	flags    uint
}

// find returns the tokens with the label. Called with admin held.
func (m *module) find(label string) ([]token, error) {
	return m.tokens(func(info pkcs11.TokenInfo) bool {
		return info.Flags&pkcs11.CKF_TOKEN_INITIALIZED != 0 && info.Label == label
	})
}

// empty returns the slots whose token is not yet initialised. Called with
// admin held.
func (m *module) empty() ([]token, error) {
	return m.tokens(func(info pkcs11.TokenInfo) bool {
		return info.Flags&pkcs11.CKF_TOKEN_INITIALIZED == 0
	})
}

func (m *module) tokens(wanted func(pkcs11.TokenInfo) bool) ([]token, error) {
	slots, err := m.ctx.GetSlotList(true)
	if err != nil {
		return nil, during("list slots", err)
	}
	var found []token
	for _, slot := range slots {
		info, err := m.ctx.GetTokenInfo(slot)
		if is(err, pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_TOKEN_NOT_RECOGNIZED,
			pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_SLOT_ID_INVALID) {
			continue // pulled out between the list and the question
		}
		if err != nil {
			return nil, during("read token information", err)
		}
		if wanted(info) {
			identity := info.ManufacturerID + "/" + info.Model + "/" + info.SerialNumber + "/" + info.Label
			found = append(found, token{slot: slot, label: info.Label, identity: identity, flags: info.Flags})
		}
	}
	return found, nil
}

// one returns the only token with the label. Called with admin held.
func (m *module) one(label string) (token, error) {
	found, err := m.find(label)
	switch {
	case err != nil:
		return token{}, err
	case len(found) == 0:
		return token{}, fmt.Errorf("secure unit: find token %q: %w", label, ErrNoToken)
	case len(found) > 1:
		return token{}, fmt.Errorf("secure unit: find token %q: %w", label, ErrAmbiguous)
	}
	return found[0], nil
}
