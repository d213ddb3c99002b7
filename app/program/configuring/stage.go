package configuring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// newMode is the mode of a file that was not there before. It holds no secrets, and
// whoever runs the program is not whoever installs it.
const newMode = 0o644

// stage writes what is to be in a file's place beside it, on the disk, with the file's
// mode and owner, and returns its name.
func stage(file string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".next-*")
	if err != nil {
		return "", fmt.Errorf("write beside the configuration file: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = fmt.Errorf("write beside the configuration file: %w", errors.Join(err, os.Remove(f.Name())))
		}
	}()
	mode := os.FileMode(newMode)
	if before, err := os.Stat(file); err == nil {
		mode = before.Mode().Perm()
		if err := takeOwner(f, before); err != nil {
			return "", err
		}
	}
	if _, err := f.Write(data); err != nil {
		return "", err
	}
	if err := f.Chmod(mode); err != nil && runtime.GOOS != "windows" {
		return "", err
	}
	return f.Name(), f.Sync()
}
