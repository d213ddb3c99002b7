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
