package secureunit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Config says which token a Unit opens.
type Config struct {
	// Module is the path of the PKCS#11 module; "" means the first SoftHSM 2
	// found in the usual places, which on Windows begin with the program's folder.
	Module string
	// Parameters is what some modules want at their start (pReserved of
	// C_Initialize), such as NSS softokn's "configdir='sql:…' …"; "" for none.
	Parameters string
	// Token is the label of the token, 1 to 32 bytes. Slots are found by it,
	// because slot numbers change when tokens are made.
	Token string
	// PIN yields the user PIN. It is asked at Open and again if the token has
	// to be logged in anew.
	PIN PIN
	// Sessions is how many operations run at once; 0 means 8.
	Sessions int
	// Wait bounds the wait for a free session in the methods that take no
	// context; 0 means 10 s.
	Wait time.Duration
}

const (
	defaultSessions = 8
	defaultWait     = 10 * time.Second
	maxLabel        = 32 // CK_TOKEN_INFO.label
)

func (c Config) withDefaults() (Config, error) {
	if c.Module == "" {
		c.Module = findModule()
	}
	if c.Module == "" {
		return c, fmt.Errorf("secure unit: find SoftHSM 2: %w", ErrNoModule)
	}
	if c.Sessions <= 0 {
		c.Sessions = defaultSessions
	}
	if c.Wait <= 0 {
		c.Wait = defaultWait
	}
	if c.Token == "" || len(c.Token) > maxLabel {
		return c, fmt.Errorf("secure unit: token label %q is not 1 to %d bytes: %w", c.Token, maxLabel, ErrNoToken)
	}
	if c.PIN == nil {
		return c, fmt.Errorf("secure unit: open token %q: %w", c.Token, ErrBadPIN)
	}
	return c, nil
}

// findModule returns the path of the first SoftHSM 2 found, or "".
func findModule() string {
	for _, place := range usualPlaces() {
		if found, err := filepath.Glob(place); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

func usualPlaces() []string {
	if runtime.GOOS == "windows" {
		return append(beside("softhsm2.dll"),
			`C:\SoftHSM2\lib\softhsm2-x64.dll`,
			`C:\Program Files\SoftHSM2\lib\softhsm2-x64.dll`,
			`C:\Program Files\SoftHSM2\lib\softhsm2.dll`,
		)
	}
	return []string{
		"/usr/lib/*/softhsm/libsofthsm2.so", // Debian, Ubuntu
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so", // Fedora
		"/usr/local/lib/softhsm/libsofthsm2.so",
		"/opt/homebrew/lib/softhsm/libsofthsm2.so",
	}
}

// beside is a file in this program's folder, where the installer for Windows puts it.
func beside(name string) []string {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{filepath.Join(filepath.Dir(program), name)}
}

// A PIN yields a PIN in a slice that the caller owns and wipes after use, so
// each call makes a new one. It is a source and not a value so that nothing
// need hold the PIN between uses.
type PIN func() ([]byte, error)

// PINFile reads the PIN from a file each time it is needed, such as a systemd
// credential. One line end at the end is not part of the PIN.
func PINFile(path string) PIN {
	return func() ([]byte, error) {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read PIN: %w", err)
		}
		pin := bytes.Clone(bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r")))
		clear(raw)
		return pin, nil
	}
}

// PINBytes keeps a copy of pin in memory for as long as the PIN is in use.
func PINBytes(pin []byte) PIN {
	kept := bytes.Clone(pin)
	return func() ([]byte, error) { return bytes.Clone(kept), nil }
}

// GoString keeps a PIN out of %#v of a Config.
func (PIN) GoString() string { return "PIN(hidden)" }
