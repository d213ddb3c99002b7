package main

import (
	"context"
	"encoding/json"
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
	return tellBackup(stdout, "saved", *out, m)
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

// tellBackup prints what a backup is.
func tellBackup(stdout io.Writer, what, file string, m backup.Manifest) error {
	return json.NewEncoder(stdout).Encode(struct {
		What   string          `json:"result"` // saved, checked, restored
		File   string          `json:"file"`
		Made   time.Time       `json:"made"`
		Store  string          `json:"store"`
		Schema int             `json:"schema"`
		Sums   json.RawMessage `json:"sums"`
	}{what, file, m.Made, m.Store, m.Schema, m.Sums})
}

// restore makes a ledger out of a backup.
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := program.NewFlags("settlement restore", stderr)
	in := flags.String("in", "", "the backup's `file`")
	data := flags.String("data", "", "data `directory` without a ledger")
	check := flags.Bool("check", false, "read the backup whole, and change nothing")
	broken := flags.Bool("accept-broken", false, "restore a ledger that breaks an invariant, as it did when the backup was made")
	database := databaseFlag(flags)
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := program.Need(flags, "in"); err != nil {
		return err
	}
	if *check {
		m, err := backup.Check(ctx, *in, "settlement")
		if err != nil {
			return err
		}
		return tellBackup(stdout, "checked", *in, m)
	}
	if *data == "" && *database == "" {
		return program.Usagef("restore needs --data or --database-file")
	}
	from, err := os.Open(*in)
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	restored, err := restoreFrom(ctx, *data, *database, from, ledger.RestoreOptions{AcceptBroken: *broken})
	if err == nil && !restored.Proof.Holds() || errors.Is(err, ledger.ErrProof) {
		_, told := restored.Proof.WriteTo(stderr)
		err = errors.Join(err, told)
	}
	if err != nil {
		return err
	}
	return tellBackup(stdout, "restored", *in, restored.Manifest)
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

// backupHint returns what a person can do about an error of a backup.
func backupHint(err error) string {
	switch {
	case errors.Is(err, backup.ErrExists):
		return "Name another file: a backup is never written over."
	case errors.Is(err, backup.ErrCut), errors.Is(err, backup.ErrDamaged):
		return "Copy it again from where it was saved, or take the one before it. Nothing was changed."
	case errors.Is(err, backup.ErrNewer), errors.Is(err, ledger.ErrBackupFormat):
		return "Install the version of this program that made it. Nothing was changed."
	case errors.Is(err, backup.ErrForeign), errors.Is(err, backup.ErrProgram):
		return "Name a file that settlement backup has made. Nothing was changed."
	case errors.Is(err, ledger.ErrNotEmpty):
		return "Name an empty --data, or an empty database. Keep the ledger that is there until you know that you do not need it. Nothing was changed."
	case errors.Is(err, ledger.ErrProof):
		return "What is broken is listed above; it was so when the backup was made. --accept-broken restores it as it is. Nothing was changed."
	}
	return ""
}
