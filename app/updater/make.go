package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"countersign/app/program"
	"countersign/app/updater/updatefile"
)

// produce makes and signs an update file. The same input gives the same bytes.
func produce(_ context.Context, args []string, _, errOut io.Writer) (err error) {
	var key, out, product, version, minimum, architecture, released, expires, packages string
	flags := program.NewFlags("countersign-update make", errOut)
	for name, f := range map[string]struct {
		to          *string
		value, what string
	}{
		"key":          {&key, "", "private key `file`, Ed25519 in PKCS #8 and PEM"},
		"out":          {&out, "", "`file` to write"},
		"product":      {&product, "countersign-terminal", "`name` of the package that gives the version"},
		"version":      {&version, "", "`version` of it"},
		"minimum":      {&minimum, "", "oldest `version` that may be installed beforehand"},
		"architecture": {&architecture, runtime.GOARCH, "Debian's `name` of it"},
		"released":     {&released, "", "`day`, 2026-11-22"},
		"expires":      {&expires, "", "`day` from which it is refused"},
		"packages":     {&packages, "", "package `files`, with commas between them"},
	} {
		flags.StringVar(f.to, name, f.value, f.what)
	}
	if err := program.Parse(flags, args); err != nil {
		return err
	}
	if err := program.Need(flags, "key", "out", "version", "minimum", "released", "expires", "packages"); err != nil {
		return err
	}
	m := updatefile.Manifest{Product: product, Version: updatefile.Version(version), Minimum: updatefile.Version(minimum), Architecture: architecture}
	if m.Released, err = time.Parse(time.DateOnly, released); err != nil {
		return program.Usagef("--released: %w", err)
	}
	if m.Expires, err = time.Parse(time.DateOnly, expires); err != nil {
		return program.Usagef("--expires: %w", err)
	}
	signer, err := updatefile.ReadSigner(key)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // what is signed is for everybody
	if err != nil {
		return fmt.Errorf("make update file: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = updatefile.Write(w, signer, m, program.List(packages))
	if err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		err = errors.Join(err, os.Remove(out))
	}
	return err
}
