package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// begin begins a group's transaction and fetches what its first run asked for,
// in one round trip.
func (s *session) begin(ctx context.Context, g *group) error {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN ISOLATION LEVEL SERIALIZABLE")
	// Fixes the snapshot, however little is fetched: whoever changes this row
	// afterwards, to find out what became of the transaction, makes it fail.
	batch.Queue("SELECT last FROM writers WHERE process = $1", s.process).QueryRow(func(row pgx.Row) error {
		var last int64
		err := row.Scan(&last)
		if errors.Is(err, pgx.ErrNoRows) {
			return errForgotten
		}
		return err
	})
	return s.fetch(ctx, g, batch)
}

// errForgotten is no answer of the server, so that the connection is taken for
// lost: the next one makes the row again. While a commit is in doubt it says
// that the database cannot know: it was put back, or is another's copy.
var errForgotten = errors.New("the row of this process is gone")

// fetch adds what is wanted to a batch, sends it, and learns the answers.
func (s *session) fetch(ctx context.Context, g *group, batch *pgx.Batch) error {
	keys := map[string][]any{}
	for _, w := range g.wanted {
		keys[w.bucket] = append(keys[w.bucket], s.store.tables[w.bucket].keyOf(w.key))
	}
	for name := range g.wanted {
		g.known[name] = nil
	}
	clear(g.wanted)
	for _, bucket := range sortedBuckets(keys) {
		s.store.tables[bucket].queue(batch, keys[bucket], func(key, value []byte) { g.known[bucket+"\x00"+string(key)] = value })
	}
	if g.asked && !g.answered {
		batch.Queue("SELECT number FROM entries ORDER BY number DESC LIMIT 1").QueryRow(func(row pgx.Row) error {
			err := row.Scan(&g.entry)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		})
		g.answered = true
	}
	return s.connection.SendBatch(ctx, batch).Close()
}

// queue asks for the records of some keys.
func (t *table) queue(batch *pgx.Batch, keys []any, found func(key, value []byte)) {
	batch.Queue(t.sql.get, array(t.key, keys)).Query(func(rows pgx.Rows) error {
		return t.read(rows, func(key, value []byte) error {
			found(key, value)
			return nil
		})
	})
}

// read hands over the rows of a query for key and columns.
func (t *table) read(rows pgx.Rows, visit func(key, value []byte) error) error {
	numbers, texts := make([]int64, len(t.columns)+1), make([][]byte, len(t.columns)+1)
	into := make([]any, len(t.columns)+1)
	columns := append([]column{t.key}, t.columns...)
	for n, c := range columns {
		if c.number {
			into[n] = &numbers[n]
		} else {
			into[n] = &texts[n]
		}
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make([]any, len(columns))
		for n, c := range columns {
			if c.number {
				row[n] = numbers[n]
			} else {
				row[n] = texts[n]
			}
		}
		key := t.rawKey(row[0])
		value, err := t.value(key, row[1:])
		if err != nil {
			return fmt.Errorf("%w in %s: %w", errDamaged, t.name, err)
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return rows.Err()
}

var errDamaged = errors.New("ledger: damaged row")

// array is a column of many rows, as PostgreSQL takes it.
func array(c column, values []any) any {
	if c.number {
		list := make([]int64, len(values))
		for n, v := range values {
			list[n] = v.(int64)
		}
		return list
	}
	list := make([][]byte, len(values))
	for n, v := range values {
		list[n], _ = v.([]byte)
	}
	return list
}

// arrays turns writes into the arguments of a statement.
func (t *table) arrays(list []write) []any {
	columns := make([][]any, len(t.columns)+1)
	for _, w := range list {
		columns[0] = append(columns[0], t.keyOf(w.key))
		for n, v := range t.row(w) {
			columns[n+1] = append(columns[n+1], v)
		}
	}
	arguments := []any{array(t.key, columns[0])}
	for n, c := range t.columns {
		arguments = append(arguments, array(c, columns[n+1]))
	}
	return arguments
}

// store adds a table's writes to a batch; known says what is kept already.
func (t *table) store(batch *pgx.Batch, list []write, known map[string][]byte) {
	var removed []any
	byStatement := map[string][]write{}
	for _, w := range list {
		if w.value == nil {
			removed = append(removed, t.keyOf(w.key))
			continue
		}
		old, asked := known[w.bucket+"\x00"+string(w.key)]
		statement := t.sql.insert
		switch {
		case t.mutable && old != nil:
			statement = t.sql.replace
		case t.mutable && !asked:
			statement = t.sql.upsert
		}
		byStatement[statement] = append(byStatement[statement], w)
	}
	if len(removed) > 0 {
		batch.Queue(t.sql.remove, array(t.key, removed))
	}
	for _, statement := range sortedBuckets(byStatement) {
		batch.Queue(statement, t.arrays(byStatement[statement])...)
	}
}

// commit writes and commits, in one round trip.
func (s *session) commit(ctx context.Context, g *group) error {
	s.last++
	batch := &pgx.Batch{}
	writes := g.writes()
	for _, bucket := range sortedBuckets(writes) {
		s.store.tables[bucket].store(batch, writes[bucket], g.known)
	}
	batch.Queue("UPDATE writers SET last = $2 WHERE process = $1", s.process, s.last)
	committed := false
	batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	s.store.failPoint(pointCommit)
	sent := s.connection.SendBatch(ctx, batch)
	s.store.failPoint(pointSent)
	err := sent.Close()
	if err == nil && !committed {
		err = errors.New("the database did not commit")
	}
	if err != nil && judged(err) == lost {
		s.drop()
		if committed, err = s.outcome(err); err != nil {
			return unknownOutcome{err}
		}
		if !committed {
			return errCutOff
		}
	}
	if err != nil {
		s.rollback(ctx, err)
		return err
	}
	s.store.failPoint(pointAnswer)
	g.remember()
	return nil
}

// errCutOff says that a transaction did not happen because the connection ended.
var errCutOff = errors.New("the connection was lost before the commit")

// unknownOutcome says that nobody knows whether a group was committed.
type unknownOutcome struct{ error }

func (u unknownOutcome) Unwrap() error { return u.error }

// outcome finds out what became of the last transaction, whose answer was cut
// off by err. It fails if the database is not there for long.
func (s *session) outcome(err error) (committed bool, _ error) {
	ctx, cancel := context.WithTimeout(context.Background(), outcomeTime)
	defer cancel()
	for turn := 0; ; turn++ {
		committed, again := s.ask(ctx)
		if again == nil {
			return committed, nil
		}
		s.drop()
		if errors.Is(again, errForgotten) {
			return false, fmt.Errorf("%w (a commit was under way: %w)", again, err)
		}
		pause := time.NewTimer(min(time.Second, 20*time.Millisecond<<min(turn, 10)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return false, fmt.Errorf("%w (a commit was under way: %w)", again, err)
		case <-pause.C:
		}
	}
}

// ask looks at the row of this process. While the transaction goes on, the row
// is locked, and ask waits. If it is still to come, from what the server has not
// read yet, ask changes the row under it, so that it fails. A row that is not
// there says nothing (errForgotten), and is not made here.
func (s *session) ask(ctx context.Context) (committed bool, err error) {
	if !s.connected() {
		if err := s.dial(ctx); err != nil {
			return false, err
		}
	}
	fence := s.last + 1
	err = pgx.BeginTxFunc(ctx, s.connection, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		var last int64
		err := tx.QueryRow(ctx, "SELECT last FROM writers WHERE process = $1 FOR UPDATE", s.process).Scan(&last)
		if errors.Is(err, pgx.ErrNoRows) {
			return errForgotten
		}
		if err != nil {
			return err
		}
		if committed = last == s.last; committed || last == fence {
			return nil
		}
		_, err = tx.Exec(ctx, "UPDATE writers SET last = $2 WHERE process = $1", s.process, fence)
		return err
	})
	if err == nil && !committed {
		s.last = fence
	}
	return committed, err
}
