package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Save makes the file at path, for its owner alone, with what write writes, reads it
// again and returns its manifest. A file that is there already is left alone
// ([ErrExists]). A process that is killed meanwhile leaves nothing at path, but
// perhaps a hidden file beside it, ".<name>.partial-…", that may be deleted.
func Save(ctx context.Context, path, program string, write func(io.Writer) error) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s: %w", path, ErrExists)
	}
	directory := filepath.Dir(path)
	file, err := os.CreateTemp(directory, "."+filepath.Base(path)+".partial-") // of mode 0600
	if err != nil {
		return m, fmt.Errorf("save backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(file, 256<<10)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return m, fmt.Errorf("save backup: %w", err)
	}
	if m, err = Check(ctx, file.Name(), program); err != nil {
		return m, err
	}
	if err := name(file.Name(), path); err != nil {
		return m, err
	}
	return m, SyncDirectory(directory)
}

// name gives a file its name, unless there is one of that name: somebody else's of the same
// moment too. Where files have one name only, as on a stick, that is looked for just before.
func name(file, path string) error {
	err := os.Link(file, path)
	if err == nil {
		err = os.Remove(file)
	} else if _, there := os.Lstat(path); there == nil {
		return fmt.Errorf("%s: %w", path, ErrExists)
	} else {
		err = os.Rename(file, path)
	}
	if err != nil {
		return fmt.Errorf("save backup: %w", err)
	}
	return nil
}

// Check reads the file at path whole and returns its manifest.
func Check(ctx context.Context, path, program string) (m Manifest, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, fmt.Errorf("read backup: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return Read(ctx, file, program, Visitor{})
}

// SyncDirectory makes sure that a directory's names outlast a power cut, where that
// can be asked for: Windows sees to it itself.
func SyncDirectory(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
