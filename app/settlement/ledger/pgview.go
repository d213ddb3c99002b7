package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// View implements Ledger.
func (p *Postgres) View(ctx context.Context, read func(Snapshot) error) error {
	select {
	case <-p.closing:
		return ErrClosed
	default:
	}
	for turn := 0; ; turn++ {
		again, err := p.view(ctx, read)
		if err == nil || !again || turn == 2 {
			return err
		}
		p.pool.Reset() // the server was restarted: none of them is any good
	}
}

// view reads once. again says that the connection was lost before read was shown
// anything.
func (p *Postgres) view(ctx context.Context, read func(Snapshot) error) (again bool, err error) {
	connection, err := p.pool.Acquire(ctx)
	if err != nil && ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, explained(err)
	}
	defer connection.Release()
	r := &pgRecords{ctx: ctx, connection: connection, tables: p.tables, known: map[string][]byte{}}
	err = read(newSnapshot(r))
	end := r.end()
	switch {
	case r.failed != nil && ctx.Err() != nil:
		return false, ctx.Err()
	case r.failed != nil:
		return !r.shown && judged(r.failed) == lost, explained(r.failed)
	case err == nil && end != nil:
		return false, explained(end)
	}
	return false, err
}

// pgRecords reads one snapshot of the database.
type pgRecords struct {
	ctx        context.Context
	connection pgAsked
	tables     map[string]*table
	known      map[string][]byte // fetched ahead of being asked for
	begun      bool
	shown      bool  // something of it was told
	failed     error // of the database; whoever reads may have overlooked it
}

// pgAsked is a connection of the pool, or a transaction.
type pgAsked interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
	Exec(ctx context.Context, statement string, arguments ...any) (pgconn.CommandTag, error)
	Conn() *pgx.Conn
}

var (
	_ numbered = (*pgRecords)(nil)
	_ pgAsked  = (*pgxpool.Conn)(nil)
)

// batch begins the snapshot with the first question.
func (r *pgRecords) batch() *pgx.Batch {
	batch := &pgx.Batch{}
	if !r.begun {
		batch.Queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
		r.begun = true
	}
	return batch
}

func (r *pgRecords) send(batch *pgx.Batch) error {
	if r.failed != nil {
		return r.failed
	}
	if err := r.connection.SendBatch(r.ctx, batch).Close(); err != nil {
		if !errors.Is(err, errDamaged) {
			r.failed = err
		}
		return err
	}
	r.shown = true
	return nil
}

// end gives the snapshot up.
func (r *pgRecords) end() error {
	if !r.begun || r.connection.Conn().IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), time.Second)
	defer cancel()
	_, err := r.connection.Exec(ctx, "ROLLBACK")
	return err
}

// get implements records.
func (r *pgRecords) get(bucket string, key []byte) ([]byte, error) {
	if value, ok := r.known[bucket+"\x00"+string(key)]; ok {
		return value, nil
	}
	batch := r.batch()
	r.ask(batch, bucket, [][]byte{key})
	if bucket == bucketAccounts { // whoever looks at an account asks for its balance next
		r.ask(batch, bucketBalances, [][]byte{key})
	}
	if err := r.send(batch); err != nil {
		return nil, err
	}
	return r.known[bucket+"\x00"+string(key)], nil
}

func (r *pgRecords) ask(batch *pgx.Batch, bucket string, keys [][]byte) {
	t := r.tables[bucket]
	list := make([]any, len(keys))
	for n, key := range keys {
		list[n] = t.keyOf(key)
		r.known[bucket+"\x00"+string(key)] = nil
	}
	t.queue(batch, list, func(key, value []byte) { r.known[bucket+"\x00"+string(key)] = value })
}

// lookAhead implements ahead.
func (r *pgRecords) lookAhead(keys map[string][][]byte) error {
	batch := r.batch()
	for _, bucket := range sortedBuckets(keys) {
		r.ask(batch, bucket, keys[bucket])
	}
	return r.send(batch)
}

// lastEntry implements records.
func (r *pgRecords) lastEntry() (last uint64, err error) {
	batch := r.batch()
	batch.Queue("SELECT COALESCE(max(number), 0) FROM entries").QueryRow(func(row pgx.Row) error { return row.Scan(&last) })
	return last, r.send(batch)
}

// lastNumber returns the greatest number that was handed out. Of a block that a
// process has taken some may not have been.
func (r *pgRecords) lastNumber() (uint64, error) {
	var last int64
	batch := r.batch()
	batch.Queue("SELECT given_to FROM reference_numbers").QueryRow(func(row pgx.Row) error { return row.Scan(&last) })
	err := r.send(batch)
	return uint64(last), err
}

// chunk is how many records of a walk are in memory at once.
const chunk = 512

// each implements walker. What is read in a walk is not kept in memory.
func (r *pgRecords) each(bucket string, first, end []byte, visit func(key, value []byte) error) error {
	t := r.tables[bucket]
	statement, next, arguments := t.sql.from, t.sql.after, []any{t.keyOf(first), chunk}
	if first == nil && !t.key.number {
		arguments[0] = []byte{}
	}
	if end != nil {
		statement, next, arguments = t.sql.fromUntil, t.sql.afterUntil, []any{arguments[0], t.keyOf(end), chunk}
	}
	for {
		var keys, values [][]byte
		batch := r.batch()
		batch.Queue(statement, arguments...).Query(func(rows pgx.Rows) error {
			return t.read(rows, func(key, value []byte) error {
				keys, values = append(keys, key), append(values, value)
				return nil
			})
		})
		if err := r.send(batch); err != nil {
			return fmt.Errorf("walk through %s: %w", t.name, err)
		}
		if err := r.ahead(bucket, keys); err != nil {
			return err
		}
		for n := range keys {
			if err := visit(keys[n], values[n]); err != nil {
				return err
			}
		}
		clear(r.known)
		if len(keys) < chunk {
			return nil
		}
		statement, arguments[0] = next, t.keyOf(keys[len(keys)-1])
	}
}

// ahead fetches what those who walk through a bucket look up for each record.
func (r *pgRecords) ahead(bucket string, keys [][]byte) error {
	into, related := "", keys
	switch bucket {
	case bucketAccounts:
		into = bucketBalances
	case bucketOpen:
		into = bucketAuthorisations
	case bucketMovements:
		into, related = bucketEntries, make([][]byte, 0, len(keys))
		for _, key := range keys {
			if len(key) > 8 {
				related = append(related, key[len(key)-8:])
			}
		}
	}
	if into == "" || len(related) == 0 {
		return nil
	}
	batch := r.batch()
	r.ask(batch, into, related)
	return r.send(batch)
}
