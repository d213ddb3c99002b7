// Package wholefile writes files that are there whole or not at all, also after a power
// cut: under another name first, onto the disk, then under their own.
//
// A process that is killed meanwhile leaves nothing at the file's place but what was there
// before, and perhaps a hidden file beside it, ".<name>.partial-…", that may be deleted.
// Functions may be called by several goroutines; of several that write one file the last
// stays.
package wholefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write puts what write writes in the place of the file at path, for its owner alone (mode
// 0600). Errors are the file system's, or write's, and leave the file as it was.
func Write(path string, write func(io.Writer) error) error {
	staged, err := Stage(path, write)
	if err != nil {
		return err
	}
	if err := Rename(staged, path); err != nil {
		return discard(staged, err)
	}
	return nil
}

// Replace is [Write] of a content.
func Replace(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Create is [Write] that replaces nothing: a file that is there, also one that came
// meanwhile, is left alone, and the error is [fs.ErrExist].
func Create(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	staged, err := Stage(path, write)
	if err != nil {
		return err
	}
	if err := Link(staged, path); err != nil {
		return discard(staged, err)
	}
	return nil
}

// Stage writes a file beside the one at path and onto the disk, with mode 0600, and
// returns its name: for who has to look at it before it takes its place by [Rename] or
// [Link]. After an error there is none.
func Stage(path string, write func(io.Writer) error) (staged string, err error) {
	return StageFile(path, func(f *os.File) error { return write(f) })
}

// StageFile is [Stage] for who gives the file a mode or an owner, too.
func StageFile(path string, write func(*os.File) error) (staged string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".partial-")
	if err != nil {
		return "", err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", discard(f.Name(), err)
	}
	return f.Name(), nil
}

// Rename gives a file another name, for good. A file of that name is replaced.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// Link is [Rename], unless there is a file of that name ([fs.ErrExist]): also somebody
// else's of the same moment. Where files have one name only, as on a stick, that is looked
// for just before.
func Link(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		err = os.Remove(from)
	} else if _, there := os.Lstat(to); there == nil {
		return &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
	} else {
		err = os.Rename(from, to)
	}
	if err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// SyncFolder makes sure that a folder's names outlast a power cut, where that can be
// asked for: Windows, which opens no folders, sees to it itself.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// discard removes a staged file after an error, unless it has got its name already.
func discard(staged string, err error) error {
	if gone := os.Remove(staged); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	return err
}
