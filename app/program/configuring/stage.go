package configuring

import (
	"fmt"
	"os"
	"runtime"

	"countersign/app/program/wholefile"
)

// newMode is the mode of a file that was not there before. It holds no secrets, and
// whoever runs the program is not whoever installs it.
const newMode = 0o644

// stage writes what is to be in a file's place beside it, on the disk, with the file's
// mode and owner, and returns its name.
func stage(file string, data []byte) (name string, err error) {
	name, err = wholefile.StageFile(file, func(f *os.File) error {
		mode := os.FileMode(newMode)
		if before, err := os.Stat(file); err == nil {
			mode = before.Mode().Perm()
			if err := takeOwner(f, before); err != nil {
				return err
			}
		}
		if err := f.Chmod(mode); err != nil && runtime.GOOS != "windows" {
			return err
		}
		_, err := f.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("write beside the configuration file: %w", err)
	}
	return name, nil
}
