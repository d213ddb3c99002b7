package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ErrNewer says that a later program has changed the tables: this one does not
// know what they mean now.
var ErrNewer = errors.New("the database was brought up to date by a later program")

// migrations are numbered from 0001 without gaps. One that was released is never
// changed: what is to be otherwise comes as another.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step of the tables' history.
type migration struct {
	version int
	name    string
	sql     string
}

func allMigrations() (list []migration, err error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for n, path := range names { // sorted
		name := strings.TrimSuffix(strings.TrimPrefix(path, "migrations/"), ".sql")
		version, err := strconv.Atoi(name[:4])
		if err != nil || version != n+1 {
			return nil, fmt.Errorf("migration %s in place %d", name, n+1)
		}
		sql, err := migrations.ReadFile(path)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, name, string(sql)})
	}
	return list, nil
}

// migrate brings the tables up to date. Processes that start together take
// turns: the row of version 0 is their lock.
func migrate(ctx context.Context, connection *pgx.Conn) error {
	list, err := allMigrations()
	if err != nil {
		return err
	}
	for turn := 0; ; turn++ {
		_, err := connection.Exec(ctx, `
			CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, name text NOT NULL, applied timestamptz NOT NULL DEFAULT now());
			INSERT INTO migrations (version, name) VALUES (0, 'nothing') ON CONFLICT DO NOTHING`)
		if err == nil {
			break
		}
		// Two that make the same table at once: one is told that it is there.
		if turn == 5 || judged(err) != conflict && !strings.Contains(err.Error(), "already exists") {
			return explained(err)
		}
	}
	return pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error { return migrateAlone(ctx, tx, list) })
}

func migrateAlone(ctx context.Context, tx pgx.Tx, list []migration) error {
	if _, err := tx.Exec(ctx, "SELECT FROM migrations WHERE version = 0 FOR UPDATE"); err != nil {
		return explained(err)
	}
	var have int
	if err := tx.QueryRow(ctx, "SELECT max(version) FROM migrations").Scan(&have); err != nil {
		return explained(err)
	}
	if have > len(list) {
		return fmt.Errorf("%w: version %d, this program knows %d", ErrNewer, have, len(list))
	}
	for _, m := range list[have:] {
		if _, err := tx.Exec(ctx, m.sql); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, explained(err))
		}
		if _, err := tx.Exec(ctx, "INSERT INTO migrations (version, name) VALUES ($1, $2)", m.version, m.name); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, explained(err))
		}
	}
	return nil
}
