package main

import (
	"context"
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
	return m.Tell(stdout, "saved", *out)
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

// restore makes a registry out of a backup.
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("authority restore", stderr)
	asked := backup.Restoring{Program: "authority"}
	asked.Register(flags)
	data := flags.String("data", "", "data `directory` without a registry")
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := program.Need(flags, "in"); err != nil {
		return err
	}
	if asked.CheckOnly {
		return asked.Run(ctx, stdout, nil)
	}
	if err := program.Need(flags, "data"); err != nil {
		return err
	}
	var made time.Time
	err := asked.Run(ctx, stdout, func(from io.ReadSeeker) (m backup.Manifest, err error) {
		if err := os.MkdirAll(*data, 0o700); err != nil {
			return m, fmt.Errorf("make data directory: %w", err)
		}
		m, err = store.Restore(ctx, registryFile(*data), from, nil)
		made = m.Made
		return m, err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stderr, "hint: What was revoked, erased or enrolled after %s is not in it: revoke and erase again before you serve.\n", made.Format(time.RFC3339))
	return err
}

// backupHint returns what a person can do about an error of a backup that the registry
// makes; package backup says it of its own.
func backupHint(err error) string {
	switch {
	case errors.Is(err, store.ErrDiffers):
		return "Copy it again from where it was saved, or take the one before it. Nothing was changed."
	case errors.Is(err, store.ErrNotEmpty):
		return "Name an empty --data. Keep the registry that is there until you know that you do not need it. Nothing was changed."
	}
	return ""
}
