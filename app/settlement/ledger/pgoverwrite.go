package ledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// forgetting are the tables from which rows are deleted so that nothing stays of them.
var forgetting = [...]string{"deposits", "live_prints"}

// How long an Overwrite waits for older transactions before it tries again: nobody tells
// it that they have ended.
const (
	overwriteRetryFirst = 50 * time.Millisecond
	overwriteRetryMost  = 2 * time.Second
)

// errVacuumSilent says that PostgreSQL did not tell how much it has left in a table.
var errVacuumSilent = errors.New("PostgreSQL does not say how many deleted rows it has kept")

// Overwrite implements Ledger: PostgreSQL writes the tables anew without what was
// deleted and lets go of the old files at the next checkpoint. Its write-ahead log,
// archives, standbys and backups are the database's own, and last as long as its
// keeper has them last. The program's role has to own the tables.
//
// A row that a transaction may still see which is older than the deletion (a proof, a
// backup, the database's own statistics) is written into the new file too. PostgreSQL says
// so, and Overwrite then goes on until there is none or ctx ends.
func (p *Postgres) Overwrite(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write deposits and live prints anew: %w", explained(err))
		}
	}()
	said := vacuumed{}
	config := p.pool.Config().ConnConfig.Copy()
	config.OnNotice = said.notice
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is under way
	if err := p.greet(ctx, connection); err != nil {
		return err
	}
	for _, table := range forgetting {
		for pause := overwriteRetryFirst; ; pause = min(2*pause, overwriteRetryMost) {
			kept, err := said.vacuum(ctx, connection, table)
			if err != nil {
				return err
			}
			if kept == 0 {
				break
			}
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return fmt.Errorf("%d deleted rows of %s may still be seen by older transactions: %w", kept, table, ctx.Err())
			}
		}
	}
	return nil
}

// vacuumed is what VACUUM has said of the table that it has written anew. It belongs to one
// connection.
type vacuumed struct {
	told bool
	kept int
}

func (v *vacuumed) vacuum(ctx context.Context, connection *pgx.Conn, table string) (kept int, err error) {
	*v = vacuumed{}
	if _, err := connection.Exec(ctx, "VACUUM (FULL, VERBOSE) "+table); err != nil {
		return 0, err
	}
	if !v.told {
		return 0, errVacuumSilent
	}
	return v.kept, nil
}

// firstNumber is what a detail begins with, in whatever language the database speaks: "3
// dead row versions cannot be removed yet."
var firstNumber = regexp.MustCompile(`\d+`)

// notice takes what the database tells beside its answer: of the message of a table written
// anew the detail tells what was kept.
func (v *vacuumed) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if kept, err := strconv.Atoi(firstNumber.FindString(n.Detail)); err == nil {
		v.told, v.kept = true, max(v.kept, kept)
	}
}
