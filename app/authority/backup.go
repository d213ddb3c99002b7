package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/app/authority/admin"
	"countersign/app/authority/store"
	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/program/backup"
)

// backUp saves the registry: the running server's, or that of one that is stopped.
func backUp(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority backup", stderr)
	data := flags.String("data", "", "data `directory` of the server")
	out := flags.String("out", "", "`file` to make; one that is there is not written over")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := program.Need(flags, "data", "out"); err != nil {
		return err
	}
	m, err := backup.Save(ctx, *out, "authority", func(to io.Writer) error {
		err := admin.NewClient(*data).Backup(ctx, to)
		if errors.Is(err, adminsocket.ErrNotRunning) {
			return backUpAlone(ctx, *data, to)
		}
		return err
	})
	if err != nil {
		return err
	}
	return tellBackup(stdout, "saved", *out, m)
}

func backUpAlone(ctx context.Context, data string, to io.Writer) (err error) {
	// Saving a registry that is not there must not make one.
	if _, err := os.Stat(registryFile(data)); err != nil {
		return fmt.Errorf("%w, and there is no registry to open: %w", adminsocket.ErrNotRunning, err)
	}
	registry, err := store.Open(registryFile(data))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, registry.Close()) }()
	return registry.Backup(ctx, to, time.Now())
}

// tellBackup prints what a backup is.
func tellBackup(stdout io.Writer, what, file string, m backup.Manifest) error {
	return json.NewEncoder(stdout).Encode(struct {
		What string          `json:"result"` // saved, checked, restored
		File string          `json:"file"`
		Made time.Time       `json:"made"`
		Sums json.RawMessage `json:"sums"`
	}{what, file, m.Made, m.Sums})
}

// restore makes a registry out of a backup.
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := program.NewFlags("authority restore", stderr)
	data := flags.String("data", "", "data `directory` without a registry")
	in := flags.String("in", "", "the backup's `file`")
	check := flags.Bool("check", false, "read the backup whole, and change nothing")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := program.Need(flags, "in"); err != nil {
		return err
	}
	if *check {
		m, err := backup.Check(ctx, *in, "authority")
		if err != nil {
			return err
		}
		return tellBackup(stdout, "checked", *in, m)
	}
	if err := program.Need(flags, "data"); err != nil {
		return err
	}
	from, err := os.Open(*in)
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := os.MkdirAll(*data, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	m, err := store.Restore(ctx, registryFile(*data), from, nil)
	if err != nil {
		return err
	}
	if err := tellBackup(stdout, "restored", *in, m); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "hint: What was revoked, erased or enrolled after %s is not in it: revoke and erase again before you serve.\n", m.Made.Format(time.RFC3339))
	return err
}

// backupHint returns what a person can do about an error of a backup.
func backupHint(err error) string {
	switch {
	case errors.Is(err, backup.ErrExists):
		return "Name another file: a backup is never written over."
	case errors.Is(err, backup.ErrCut), errors.Is(err, backup.ErrDamaged), errors.Is(err, store.ErrDiffers):
		return "Copy it again from where it was saved, or take the one before it. Nothing was changed."
	case errors.Is(err, backup.ErrNewer):
		return "Install the version of this program that made it. Nothing was changed."
	case errors.Is(err, backup.ErrForeign), errors.Is(err, backup.ErrProgram):
		return "Name a file that authority backup has made. Nothing was changed."
	case errors.Is(err, store.ErrNotEmpty):
		return "Name an empty --data. Keep the registry that is there until you know that you do not need it. Nothing was changed."
	}
	return ""
}
