package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/program/backup"
	"countersign/app/settlement/ledger"
)

// backUp saves the ledger: the running server's, or that of one that is stopped.
func backUp(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement backup", stderr)
	out := flags.String("out", "", "`file` to make; one that is there is not written over")
	database := databaseFlag(flags)
	client, data, err := remote(flags, args, "out")
	if err != nil {
		return err
	}
	m, err := backup.Save(ctx, *out, "settlement", func(to io.Writer) error {
		err := client.Backup(ctx, to)
		if errors.Is(err, adminsocket.ErrNotRunning) {
			return backUpAlone(ctx, data, *database, to)
		}
		return err
	})
	if err != nil {
		return err
	}
	return m.Tell(stdout, "saved", *out)
}

func backUpAlone(ctx context.Context, data, database string, to io.Writer) (err error) {
	// Saving a ledger that is not there must not make one.
	if _, err := os.Stat(ledgerFile(data)); err != nil && database == "" {
		return fmt.Errorf("%w, and there is no ledger to open: %w", adminsocket.ErrNotRunning, err)
	}
	store, err := openLedger(ctx, data, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return ledger.Backup(ctx, store, to, time.Now())
}

// restore makes a ledger out of a backup.
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement restore", stderr)
	asked := backup.Restoring{Program: "settlement"}
	asked.Register(flags)
	data := flags.String("data", "", "data `directory` without a ledger")
	broken := flags.Bool("accept-broken", false, "restore a ledger that breaks an invariant, as it did when the backup was made")
	database := databaseFlag(flags)
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := program.Need(flags, "in"); err != nil {
		return err
	}
	if !asked.CheckOnly && *data == "" && *database == "" {
		return program.Usagef("restore needs --data or --database-file")
	}
	return asked.Run(ctx, stdout, func(from io.ReadSeeker) (backup.Manifest, error) {
		restored, err := restoreFrom(ctx, *data, *database, from, ledger.RestoreOptions{AcceptBroken: *broken})
		if err == nil && !restored.Proof.Holds() || errors.Is(err, ledger.ErrProof) {
			_, told := restored.Proof.WriteTo(stderr)
			err = errors.Join(err, told)
		}
		return restored.Manifest, err
	})
}

func restoreFrom(ctx context.Context, data, database string, from io.ReadSeeker, o ledger.RestoreOptions) (r ledger.Restored, err error) {
	if database != "" {
		address, err := databaseAddress(database)
		if err != nil {
			return r, err
		}
		return ledger.RestorePostgres(ctx, address, from, o)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return r, fmt.Errorf("make data directory: %w", err)
	}
	return ledger.Restore(ctx, ledgerFile(data), from, o)
}

// backupHint returns what a person can do about an error of a backup that the ledger
// makes; package backup says it of its own.
func backupHint(err error) string {
	switch {
	case errors.Is(err, ledger.ErrBackupFormat):
		return "Install the version of this program that made it. Nothing was changed."
	case errors.Is(err, ledger.ErrNotEmpty):
		return "Name an empty --data, or an empty database. Keep the ledger that is there until you know that you do not need it. Nothing was changed."
	case errors.Is(err, ledger.ErrProof):
		return "What is broken is listed above; it was so when the backup was made. --accept-broken restores it as it is. Nothing was changed."
	}
	return ""
}
