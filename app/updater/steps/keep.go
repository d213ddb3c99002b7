package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/program/wholefile"
	"countersign/app/updater/updatefile"
)

// mostFile bounds an update file in bytes.
const mostFile = updatefile.MostBytes + updatefile.MostManifest + 4096

// kept is the name of a version's file.
func (u *Updater) kept(v updatefile.Version) string {
	return filepath.Join(u.Dir, "kept", string(v)+".update")
}

// manifestOf reads the manifest of a file and verifies its signature.
func (u *Updater) manifestOf(path string) (updatefile.Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return updatefile.Manifest{}, err
	}
	defer f.Close() // only read
	file, err := updatefile.Read(f, u.Keys)
	if err != nil {
		return updatefile.Manifest{}, err
	}
	return file.Manifest, nil
}

// take copies a file, verifies all of it, and keeps it if the machine may have it.
func (u *Updater) take(ctx context.Context, path string, admit func(updatefile.Manifest) error) (m updatefile.Manifest, err error) {
	incoming := filepath.Join(u.Dir, "incoming.update")
	if err := copyFile(path, incoming); err != nil {
		return m, errors.Join(fmt.Errorf("copy the update file: %w", err), os.RemoveAll(incoming))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(incoming))
		}
	}()
	u.failPoint(pointCopied)
	if m, err = u.manifestOf(incoming); err != nil {
		return m, err
	}
	if err := admit(m); err != nil {
		return m, err
	}
	if _, err := u.unpack(ctx, incoming); err != nil {
		return m, err
	}
	if err := u.clear(); err != nil {
		return m, err
	}
	if err := wholefile.Rename(incoming, u.kept(m.Version)); err != nil {
		return m, fmt.Errorf("keep the update file: %w", err)
	}
	u.failPoint(pointKept)
	return m, nil
}

// staging is where packages are laid out.
func (u *Updater) staging() string { return filepath.Join(u.Dir, "staging") }

func (u *Updater) clear() error { return os.RemoveAll(u.staging()) }

// unpack verifies a file and lays its packages out, which are what its manifest says.
func (u *Updater) unpack(ctx context.Context, path string) ([]string, error) {
	if err := u.clear(); err != nil {
		return nil, err
	}
	if err := os.Mkdir(u.staging(), 0o700); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	file, err := updatefile.Read(f, u.Keys)
	if err != nil {
		return nil, err
	}
	paths, err := file.Extract(ctx, u.staging())
	if err != nil {
		return nil, err
	}
	return paths, u.fits(ctx, file.Manifest, paths)
}

// fits holds packages against their manifest: the product is among them, in its version.
func (u *Updater) fits(ctx context.Context, m updatefile.Manifest, paths []string) error {
	found := false
	for _, path := range paths {
		name, version, architecture, err := u.Installer.Examine(ctx, path)
		if err != nil {
			return err
		}
		if architecture != m.Architecture && architecture != "all" {
			return fmt.Errorf("%w: %s is for %s", updatefile.ErrArchitecture, filepath.Base(path), architecture)
		}
		if name == m.Product {
			if found || version != string(m.Version) {
				return fmt.Errorf("%w: %s is version %s, the manifest says %s", updatefile.ErrForm, name, version, m.Version)
			}
			found = true
		}
	}
	if !found {
		return fmt.Errorf("%w: %s is not in it", updatefile.ErrForm, m.Product)
	}
	return nil
}

// forget removes kept files, but for some versions'.
func (u *Updater) forget(but ...updatefile.Version) error {
	names, err := filepath.Glob(u.kept("*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		keep := false
		for _, v := range but {
			keep = keep || name == u.kept(v)
		}
		if !keep {
			errs = append(errs, os.Remove(name))
		}
	}
	return errors.Join(errs...)
}

// Kept lists the versions whose files are kept.
func (u *Updater) Kept() (list []updatefile.Version, err error) {
	names, err := filepath.Glob(u.kept("*"))
	for _, name := range names {
		list = append(list, updatefile.Version(strings.TrimSuffix(filepath.Base(name), ".update")))
	}
	return list, err
}

// copyFile copies a file, bounded, and brings it to the disk.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, mostFile+1))
	if err == nil && n > mostFile {
		err = fmt.Errorf("%w: it is too long", updatefile.ErrForm)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
