package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"countersign/app/program/backup"
)

// RestorePostgres makes the ledger in a database out of a backup, of either store. The
// tables are made or brought up to date first and have to be empty (ErrNotEmpty); all
// that is restored, read back and proved is one transaction, so that it is there whole
// or not at all. A server that runs on the empty ledger meanwhile ends: from then on it is
// another one.
func RestorePostgres(ctx context.Context, address string, from io.ReadSeeker, o RestoreOptions) (r Restored, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore the ledger: %w", err)
		}
	}()
	m, err := backup.Read(ctx, from, backupProgram, backup.Visitor{About: fits})
	if err != nil {
		return r, err
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return r, err
	}
	config.ConnectTimeout = connectTime
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return r, explained(err)
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is under way
	if err := migrate(ctx, connection); err != nil {
		return r, err
	}
	err = pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) (err error) {
		w := &pgRestoring{ctx: ctx, tx: tx, tables: tables(), at: o.at}
		r, err = w.restore(from, m, o)
		return err
	})
	if err != nil {
		return r, err
	}
	o.at(pointKept)
	_, err = connection.Exec(ctx, "ANALYZE") // plans for full tables
	return r, explained(err)
}

// pgRestoring copies records into tables.
type pgRestoring struct {
	ctx     context.Context
	tx      pgx.Tx
	tables  map[string]*table
	at      func(point string)
	table   *table
	waiting [][]any
}

func (w *pgRestoring) restore(from io.ReadSeeker, m backup.Manifest, o RestoreOptions) (r Restored, err error) {
	said, err := readSums(m)
	if err != nil {
		return r, err
	}
	if err := w.begin(said.References + skipped); err != nil {
		return r, err
	}
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return r, err
	}
	again, err := backup.Read(w.ctx, from, backupProgram, backup.Visitor{Section: w.section, Record: w.record})
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return r, err
	}
	if !sameManifest(again, m) {
		return r, fmt.Errorf("%w: the file changed while it was read", backup.ErrDamaged)
	}
	o.at(pointRestored)
	read := &pgRecords{ctx: w.ctx, connection: w.tx, tables: w.tables, known: map[string][]byte{}, begun: true}
	if r, err = o.compare(w.ctx, read, m); err != nil {
		return r, errors.Join(err, explained(read.failed))
	}
	o.at(pointProved)
	return r, nil
}

// begin makes sure that nothing is there and that nobody writes meanwhile, and makes
// it another ledger, whose numbers go on above last.
func (w *pgRestoring) begin(last uint64) error {
	names, empty := []string{}, []string{}
	for _, bucket := range sortedBuckets(w.tables) {
		name := w.tables[bucket].name
		names = append(names, name)
		empty = append(empty, "NOT EXISTS (SELECT FROM "+name+")")
	}
	if _, err := w.tx.Exec(w.ctx, "LOCK TABLE "+strings.Join(names, ", ")+" IN SHARE ROW EXCLUSIVE MODE"); err != nil {
		return explained(err)
	}
	var none bool
	if err := w.tx.QueryRow(w.ctx, "SELECT "+strings.Join(empty, " AND ")).Scan(&none); err != nil {
		return explained(err)
	}
	if !none {
		return ErrNotEmpty
	}
	identity := make([]byte, 16)
	rand.Read(identity) //nolint:errcheck // never fails
	for statement, arguments := range map[string][]any{
		"SET LOCAL enable_seqscan = off": nil,
		"INSERT INTO ledger (format, identity) VALUES ($1, $2) ON CONFLICT (one) DO UPDATE SET format = excluded.format, identity = excluded.identity": {format, identity},
		"UPDATE reference_numbers SET given_to = $1": {int64(last)},
		"DELETE FROM writers":                        nil,
	} {
		if _, err := w.tx.Exec(w.ctx, statement, arguments...); err != nil {
			return explained(err)
		}
	}
	return nil
}

func (w *pgRestoring) section(name string) error {
	if err := w.flush(); err != nil {
		return err
	}
	if w.table = w.tables[name]; w.table == nil {
		return errUnknownSection(name)
	}
	return nil
}

func (w *pgRestoring) record(key, value []byte) error {
	one := write{bucket: w.table.bucket, key: key, value: value}
	if w.table.key.number && len(key) != 8 || w.table.bucket == bucketBalances && len(value) != 8 {
		return fmt.Errorf("%w: a record of %d and %d bytes in %s", backup.ErrDamaged, len(key), len(value), w.table.name)
	}
	if w.table.decode != nil {
		var err error
		if one.v, err = w.table.decode(value); err != nil {
			return fmt.Errorf("%w: a record in %s: %w", backup.ErrDamaged, w.table.name, err)
		}
	}
	w.waiting = append(w.waiting, append([]any{w.table.keyOf(key)}, w.table.row(one)...))
	if len(w.waiting) < restoredAtOnce {
		return nil
	}
	return w.flush()
}

func (w *pgRestoring) flush() error {
	if len(w.waiting) == 0 {
		return nil
	}
	names := []string{w.table.key.name}
	for _, c := range w.table.columns {
		names = append(names, c.name)
	}
	_, err := w.tx.CopyFrom(w.ctx, pgx.Identifier{w.table.name}, names, pgx.CopyFromRows(w.waiting))
	w.waiting = w.waiting[:0]
	w.at(pointRestoring)
	if err != nil {
		return fmt.Errorf("write %s: %w", w.table.name, explained(err))
	}
	return nil
}
