package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"countersign/app/program/wholefile"
)

// Save makes the file at path, for its owner alone, with what write writes, reads it
// again and returns its manifest. A file that is there already is left alone
// ([ErrExists]). A process that is killed meanwhile leaves nothing at path, but
// perhaps a hidden file beside it, ".<name>.partial-…", that may be deleted.
func Save(ctx context.Context, path, program string, write func(io.Writer) error) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s: %w", path, ErrExists)
	}
	file, err := wholefile.Stage(path, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 256<<10)
		if err := write(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err != nil {
		return m, fmt.Errorf("save backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(file))
		}
	}()
	if m, err = Check(ctx, file, program); err != nil {
		return m, err
	}
	if err := wholefile.Link(file, path); errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("%s: %w", path, ErrExists)
	} else if err != nil {
		return m, fmt.Errorf("save backup: %w", err)
	}
	return m, nil
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
