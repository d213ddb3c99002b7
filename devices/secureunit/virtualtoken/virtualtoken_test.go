package virtualtoken_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// A program prepares one directory for each of several others, and prepares
// them again without harm.
func TestDirectoriesForSeveralPrograms(t *testing.T) {
	t.Setenv(virtualtoken.Variable, "") // restored after the test
	base := t.TempDir()
	for _, label := range []string{"terminal", "wallet"} {
		d, err := virtualtoken.Make(filepath.Join(base, label))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Token(label); err == nil {
			t.Error("made a token in a directory that is not in use")
		}
		if err := d.Use(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Token(label); err != nil {
			t.Fatal(err)
		}
		again, err := virtualtoken.Make(filepath.Join(base, label))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Token(label); !errors.Is(err, secureunit.ErrTokenExists) {
			t.Errorf("made twice: %v", err)
		}
		u, err := secureunit.Open(t.Context(), again.Config(label))
		if err != nil {
			t.Fatal(err)
		}
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(again.PINFile(label)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("PIN file: %v, %v", info, err)
		}
	}
}
