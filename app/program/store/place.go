package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"countersign/app/program/wholefile"
)

// ErrThere says that there is a file where one is to be placed.
var ErrThere = errors.New("there is a file already, and only an empty place is filled")

// unplaced is in the name of a file that is not in its place yet.
const unplaced = ".restoring-"

// Place makes the bbolt file at path, of mode 0600, with what fill writes into an
// empty one. It is there whole and on the disk, or not at all: until fill has
// succeeded it has another name beside path, which the next call removes if this
// process is killed. Nothing is written over ([ErrThere]). The file given to fill does
// not sync its commits; that is done once, after it.
func Place(path string, fill func(*bbolt.DB) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, ErrThere)
	}
	if err := sweep(path); err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+unplaced)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(made.Name())) }()
	if err := made.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(made.Name(), 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	if err = fill(db); err == nil {
		err = db.Sync()
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Link(made.Name(), path); errors.Is(err, os.ErrExist) { // unlike a rename it replaces nothing
		return fmt.Errorf("%s: %w", path, ErrThere)
	} else if err != nil {
		return err
	}
	return wholefile.SyncFolder(filepath.Dir(path))
}

// sweep removes what calls left that were killed, and leaves alone what another
// process is filling.
func sweep(path string) error {
	left, err := filepath.Glob(escaped(path) + unplaced + "*")
	if err != nil {
		return err
	}
	for _, name := range left {
		db, err := bbolt.Open(name, 0o600, &bbolt.Options{Timeout: 50 * time.Millisecond, ReadOnly: true})
		if errors.Is(err, bbolterrors.ErrTimeout) {
			continue
		}
		if err == nil {
			err = db.Close()
		} else {
			err = nil // half a file is no database
		}
		if err := errors.Join(err, os.Remove(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// escaped is a path in which filepath.Glob finds no patterns.
func escaped(path string) string {
	var plain []rune
	for _, c := range path {
		if c == '*' || c == '?' || c == '[' || c == '\\' && os.PathSeparator != '\\' {
			plain = append(plain, '[', c, ']')
			continue
		}
		plain = append(plain, c)
	}
	return string(plain)
}
