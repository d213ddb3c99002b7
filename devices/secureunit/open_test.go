package secureunit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"

	"github.com/miekg/pkcs11"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	good := virtualtoken.ForTest(t, "till")[0]
	text := filepath.Join(t.TempDir(), "module.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*secureunit.Config)
		want   error
	}{
		"module missing":    {func(c *secureunit.Config) { c.Module = "/nowhere/module.so" }, secureunit.ErrNoModule},
		"module no library": {func(c *secureunit.Config) { c.Module = text }, secureunit.ErrNoModule},
		"token missing":     {func(c *secureunit.Config) { c.Token = "tills" }, secureunit.ErrNoToken},
		"no label":          {func(c *secureunit.Config) { c.Token = "" }, secureunit.ErrNoToken},
		"label too long":    {func(c *secureunit.Config) { c.Token = strings.Repeat("x", 33) }, secureunit.ErrNoToken},
		"wrong PIN":         {func(c *secureunit.Config) { c.PIN = secureunit.PINBytes([]byte("wrong")) }, secureunit.ErrWrongPIN},
		"empty PIN":         {func(c *secureunit.Config) { c.PIN = secureunit.PINBytes(nil) }, secureunit.ErrBadPIN},
		"no PIN":            {func(c *secureunit.Config) { c.PIN = nil }, secureunit.ErrBadPIN},
		"PIN file missing":  {func(c *secureunit.Config) { c.PIN = secureunit.PINFile("/nowhere/pin") }, secureunit.ErrBadPIN},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			u, err := secureunit.Open(t.Context(), cfg)
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if secureunit.Hint(err) == "" {
				t.Error("no hint")
			}
			if u != nil {
				t.Error("a unit all the same")
			}
		})
	}
	openAs(t, good) // none of it did harm
}

func TestOpenSaysThatSoftHSMCannotStart(t *testing.T) {
	t.Setenv(virtualtoken.Variable, filepath.Join(t.TempDir(), "missing.conf"))
	_, err := secureunit.Open(t.Context(), secureunit.Config{Token: "till", PIN: secureunit.PINBytes([]byte("1234"))})
	if !errors.Is(err, secureunit.ErrModuleFailed) && !errors.Is(err, secureunit.ErrNoToken) {
		t.Error(err)
	}
	if secureunit.Hint(err) == "" {
		t.Error("no hint")
	}
}

// The token alone would not notice: while logged in it takes any PIN.
func TestWrongPINIsNoticedWhileLoggedIn(t *testing.T) {
	good := virtualtoken.ForTest(t, "till")[0]
	wrong := good
	wrong.PIN = secureunit.PINBytes([]byte("wrong"))
	u := openAs(t, good)
	ensure(t, u, secureunit.Signing)
	w, err := u.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secureunit.Open(t.Context(), wrong); !errors.Is(err, secureunit.ErrWrongPIN) {
		t.Errorf("wrong PIN beside an open unit: %v", err)
	}
	openAs(t, good)
	if err := (&worker{u: u, signer: w}).sign(1); err != nil {
		t.Errorf("the open unit suffered: %v", err)
	}
}

func TestWrongPINIsNoticedWhileSomebodyElseIsLoggedIn(t *testing.T) {
	configs := virtualtoken.ForTest(t, "till", "other")
	openAs(t, configs[1]) // keeps the module initialised
	r := intrude(t, "till")
	pin, err := configs[0].PIN()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ctx.Login(r.session, pkcs11.CKU_USER, string(pin)); err != nil {
		t.Fatal(err)
	}
	wrong := configs[0]
	wrong.PIN = secureunit.PINBytes([]byte("wrong"))
	if _, err := secureunit.Open(t.Context(), wrong); !errors.Is(err, secureunit.ErrWrongPIN) {
		t.Errorf("wrong PIN: %v", err)
	}
	openAs(t, configs[0])
}

func TestInitialise(t *testing.T) {
	configs := virtualtoken.ForTest(t, "till", "phone")
	till := openAs(t, configs[0])
	ensure(t, till, secureunit.Signing)
	so := secureunit.PINBytes([]byte("87654321"))
	if err := secureunit.Initialise(configs[0], so); !errors.Is(err, secureunit.ErrTokenExists) {
		t.Errorf("existing label: %v", err)
	}
	// Beside an open unit, and from other PINs than the neighbours'.
	third := secureunit.Config{Token: "third", PIN: secureunit.PINBytes([]byte("2468"))}
	if err := secureunit.Initialise(third, so); err != nil {
		t.Fatal(err)
	}
	phone := openAs(t, configs[1])
	for _, u := range []*secureunit.Unit{openAs(t, third), phone} {
		if _, err := u.Signer(secureunit.Signing); !errors.Is(err, secureunit.ErrNoKey) {
			t.Errorf("keys shared between tokens: %v", err)
		}
	}
	if _, err := till.Signer(secureunit.Signing); err != nil {
		t.Errorf("the open unit suffered: %v", err)
	}
	short := secureunit.Config{Token: "short", PIN: secureunit.PINBytes([]byte("1"))}
	if err := secureunit.Initialise(short, so); !errors.Is(err, secureunit.ErrBadPIN) {
		t.Errorf("PIN of one byte: %v", err)
	}
	// That left a token without a user PIN: the next call finishes it.
	short.PIN = secureunit.PINBytes([]byte("1357"))
	if err := secureunit.Initialise(short, secureunit.PINBytes([]byte("not the one"))); !errors.Is(err, secureunit.ErrWrongPIN) {
		t.Errorf("another officer's PIN: %v", err)
	}
	if err := secureunit.Initialise(short, so); err != nil {
		t.Fatal(err)
	}
	openAs(t, short)
}

func TestModuleServesOneDirectoryAtATime(t *testing.T) {
	first := virtualtoken.ForTest(t, "till")[0]
	u := openAs(t, first)
	other, err := virtualtoken.Make(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(virtualtoken.Variable, other.Conf())
	if _, err := other.Token("phone"); !errors.Is(err, secureunit.ErrModuleFailed) {
		t.Errorf("second directory: %v", err)
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, err := other.Token("phone")
	if err != nil {
		t.Fatal(err)
	}
	openAs(t, cfg)
}

func TestCloseAndContexts(t *testing.T) {
	cfg := virtualtoken.ForTest(t, "till")[0]
	cfg.Sessions, cfg.Wait = 1, 20*time.Millisecond
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := secureunit.Open(cancelled, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	u := openAs(t, cfg)
	second := openAs(t, cfg)
	ensure(t, u, secureunit.Signing)
	signer, err := u.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	held, code := draw(t, u, [32]byte{1})
	if _, err := u.DrawScrambleCode(cancelled); !errors.Is(err, context.Canceled) || !errors.Is(err, secureunit.ErrBusy) {
		t.Errorf("draw: %v", err)
	}
	giveBack := secureunit.Occupy(u)
	if _, err := u.Random(1); !errors.Is(err, secureunit.ErrBusy) {
		t.Errorf("random without a session: %v", err)
	}
	if err := held.Spend(code, [32]byte{1}); !errors.Is(err, secureunit.ErrBusy) {
		t.Errorf("spend without a session: %v", err)
	}
	giveBack()
	if err := held.Spend(code, [32]byte{1}); err != nil {
		t.Errorf("spend after the token was busy: %v", err)
	}
	if err := errors.Join(u.Close(), u.Close()); err != nil {
		t.Fatal(err)
	}
	if err := (&worker{u: u, signer: signer}).sign(1); !errors.Is(err, secureunit.ErrClosed) {
		t.Errorf("sign: %v", err)
	}
	if _, err := second.Signer(secureunit.Signing); err != nil {
		t.Errorf("the other unit suffered: %v", err)
	}
}

func TestRandom(t *testing.T) {
	u := open(t)
	a, err := u.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	b, err := u.Random(32)
	if err != nil || len(a) != 32 || string(a) == string(b) {
		t.Errorf("%x, %x: %v", a, b, err)
	}
	for _, n := range []int{-1, 0, 1 << 17} {
		if _, err := u.Random(n); !errors.Is(err, secureunit.ErrTooLarge) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestPINIsNotPrinted(t *testing.T) {
	cfg := secureunit.Config{Token: "till", PIN: secureunit.PINBytes([]byte("13572468"))}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, cfg); strings.Contains(text, "13572468") {
			t.Error(text)
		}
	}
}
