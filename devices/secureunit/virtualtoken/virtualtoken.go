// Package virtualtoken makes throw-away SoftHSM token directories for tests
// and the demo: real tokens by a real PKCS#11 module, without root and without
// touching the machine's own SoftHSM. Its PINs are random and lie in files
// beside the tokens, so it protects nothing: never keep real keys in one.
//
// SoftHSM reads SOFTHSM2_CONF once, when the first Unit of a process opens. So
// a test process uses one directory at a time, with as many tokens as it has
// parties; a program that prepares several directories for others, as the demo
// does, makes each one's tokens while no Unit is open.
package virtualtoken

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"countersign/devices/secureunit"
)

// Variable is the environment variable that leads SoftHSM to its directory.
const Variable = "SOFTHSM2_CONF"

// Directory is a SoftHSM token directory with its configuration and PIN files.
type Directory struct{ path string }

// Make makes a token directory at path, or takes up the one already there.
func Make(path string) (*Directory, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("virtual token: %w", err)
	}
	d := &Directory{path}
	tokens := filepath.Join(path, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, fmt.Errorf("virtual token: %w", err)
	}
	conf := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n", tokens)
	if err := os.WriteFile(d.Conf(), []byte(conf), 0o600); err != nil {
		return nil, fmt.Errorf("virtual token: %w", err)
	}
	return d, nil
}

// Conf is the path of the configuration file, the value of Variable.
func (d *Directory) Conf() string { return filepath.Join(d.path, "softhsm2.conf") }

// Environ is the line for the environment of a program that uses the
// directory.
func (d *Directory) Environ() string { return Variable + "=" + d.Conf() }

// PINFile is the path of the file that holds the user PIN of a token.
func (d *Directory) PINFile(label string) string { return filepath.Join(d.path, label+".pin") }

// Config opens the token with the label, once it is made.
func (d *Directory) Config(label string) secureunit.Config {
	return secureunit.Config{Token: label, PIN: secureunit.PINFile(d.PINFile(label))}
}

// Token makes a token with a random PIN. Variable must lead to this directory
// in the calling process.
func (d *Directory) Token(label string) (secureunit.Config, error) {
	if got := os.Getenv(Variable); got != d.Conf() {
		return secureunit.Config{}, fmt.Errorf("virtual token: %s is %q, not %q", Variable, got, d.Conf())
	}
	if err := writePIN(d.PINFile(label)); err != nil {
		return secureunit.Config{}, err
	}
	so := filepath.Join(d.path, label+".so-pin")
	if err := writePIN(so); err != nil {
		return secureunit.Config{}, err
	}
	cfg := d.Config(label)
	return cfg, secureunit.Initialise(cfg, secureunit.PINFile(so))
}

// writePIN writes a random PIN unless the file exists: a token is never left
// behind with a PIN that was overwritten.
func writePIN(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("virtual token: %w", err)
	}
	var pin [8]byte
	rand.Read(pin[:])
	_, err = fmt.Fprintln(f, hex.EncodeToString(pin[:]))
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("virtual token: %w", err)
	}
	return nil
}

// Use leads this process to the directory. It has effect on Units opened while
// no other Unit is open.
func (d *Directory) Use() error { return os.Setenv(Variable, d.Conf()) }

// TB is what ForTest needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	TempDir() string
	Setenv(key, value string)
	Fatalf(format string, args ...any)
}

// ForTest makes a directory for the time of a test, with a token for each
// label, leads the process to it and returns how to open each. Close every
// Unit before the test ends: Units left open keep the directory in use, and
// the next ForTest fails.
func ForTest(t TB, labels ...string) []secureunit.Config {
	t.Helper()
	d, err := Make(t.TempDir())
	if err != nil {
		t.Fatalf("make token directory: %v", err)
	}
	t.Setenv(Variable, d.Conf())
	configs := make([]secureunit.Config, len(labels))
	for i, label := range labels {
		if configs[i], err = d.Token(label); err != nil {
			t.Fatalf("make token %q: %v", label, err)
		}
	}
	return configs
}
