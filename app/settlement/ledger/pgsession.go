package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
)

// session is the connection of the goroutine that writes.
type session struct {
	store   *Postgres
	config  *pgx.ConnConfig
	process []byte // names this process in the table of writers
	last    int64  // number of its last transaction

	connection *pgx.Conn // nil before the first, and after one was lost
	hints      map[string][]byte
	// expected is how many transactions were under way when the last group was.
	expected int
	// contended counts down the groups for which the advisory lock is worth its
	// round trip: another process was in the way a short while ago.
	contended int
	locked    bool
}

const (
	// maxTurns bounds how often a group is tried.
	maxTurns = 12
	// contention is for how many groups after a conflict the lock is taken.
	contention = 64
	// linger bounds how long a group waits for those that are expected.
	linger = 150 * time.Microsecond
)

// connect makes sure of a connection, and of the row of this process. It is not
// for finding out what became of a commit: see ask.
func (s *session) connect(ctx context.Context) error {
	if s.connected() {
		return nil
	}
	if err := s.dial(ctx); err != nil {
		return err
	}
	_, err := s.connection.Exec(ctx, "INSERT INTO writers (process, last) VALUES ($1, $2) ON CONFLICT DO NOTHING", s.process, s.last)
	if err != nil {
		s.drop()
	}
	return err
}

func (s *session) connected() bool { return s.connection != nil && !s.connection.IsClosed() }

// dial makes a connection.
func (s *session) dial(ctx context.Context) error {
	s.connection, s.locked = nil, false
	c, err := pgx.ConnectConfig(ctx, s.config.Copy())
	if err != nil {
		return err
	}
	if err := s.store.greet(ctx, c); err != nil {
		return errors.Join(err, c.Close(ctx))
	}
	s.connection = c
	return nil
}

// drop gives a connection up.
func (s *session) drop() {
	if s.connection == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.connection.Close(ctx) //nolint:errcheck // it is of no use any more
	s.connection, s.locked = nil, false
}

// carryOut runs a transaction together with those that wait already, and those
// that are about to come.
func (s *session) carryOut(first *request) {
	members := s.store.gather([]*request{first})
	// Whoever was just answered often has more to do. Without waiting for them
	// two halves would take turns, each with a commit of its own.
	for limit := time.Now().Add(linger); len(members) < s.expected && time.Now().Before(limit); {
		runtime.Gosched()
		members = s.store.gather(members)
	}
	s.expected = min(maxGroup, int(s.store.under.Load()))
	s.settle(members)
	s.expected = max(s.expected, min(maxGroup, int(s.store.under.Load())))
}

// gather adds the transactions that wait.
func (p *Postgres) gather(members []*request) []*request {
	for len(members) < maxGroup {
		select {
		case r := <-p.requests:
			members = append(members, r)
		default:
			return members
		}
	}
	return members
}

// settle carries a group out, in smaller ones if need be, and answers everyone.
func (s *session) settle(members []*request) {
	for turn := 0; ; turn++ {
		if s.contended > 0 {
			s.contended--
			s.lock()
			members = s.store.gather(members) // waiting for the lock took a while
		}
		g := newGroup(members, s.hints)
		err := s.once(g)
		var nobody unknownOutcome
		if err == nil || errors.As(err, &nobody) || turn == maxTurns {
			s.unlock()
			g.answer(explained(err))
			return
		}
		switch kind := judged(err); {
		case kind == conflict && (turn < 3 || len(members) == 1):
			s.contended = contention
			pause(turn)
		case kind == lost && turn < 2:
			s.drop() // the server may have ended, and be there again
		case (kind == conflict || kind == final) && len(members) > 1:
			for _, half := range g.halves() {
				s.settle(half)
			}
			return
		default:
			s.unlock()
			g.answer(explained(err))
			return
		}
	}
}

// pause lets others go first.
func pause(turn int) {
	time.Sleep(time.Duration(rand.Int64N(int64(time.Millisecond) << min(turn, 6))))
}

// once tries to carry a group out. Without an error all members' results are
// final, and on the disk.
func (s *session) once(g *group) error {
	ctx, cancel := context.WithTimeout(context.Background(), statementTime)
	defer cancel()
	g.run() // finds out what it needs
	if err := s.connect(ctx); err != nil {
		return err
	}
	err := s.begin(ctx, g)
	for err == nil && !g.run() {
		err = s.fetch(ctx, g, &pgx.Batch{})
	}
	if err == nil {
		for range g.writing {
			s.store.failPoint(pointApply)
		}
		if g.writing == 0 {
			// What was read counts only if the database would have it so.
			_, err = s.connection.Exec(ctx, "COMMIT")
		} else {
			return s.commit(ctx, g)
		}
	}
	if err != nil {
		s.rollback(ctx, err)
		return err
	}
	g.remember()
	return nil
}

// rollback ends what failed, so that the connection can be used again.
func (s *session) rollback(ctx context.Context, err error) {
	if judged(err) == lost || s.connection.IsClosed() {
		s.drop()
		return
	}
	if _, err := s.connection.Exec(ctx, "ROLLBACK"); err != nil {
		s.drop()
	}
}

// lockKey is the advisory lock of those who write to this ledger: there may be
// another in the same database.
func (p *Postgres) lockKey() int64 { return int64(number(p.identity[:8])) }

// lock takes the advisory lock, if the database has such a thing.
func (s *session) lock() {
	if s.locked {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), statementTime)
	defer cancel()
	if err := s.connect(ctx); err != nil {
		return // the transaction itself will say so
	}
	_, err := s.connection.Exec(ctx, "SELECT pg_advisory_lock($1)", s.store.lockKey())
	s.locked = err == nil
}

func (s *session) unlock() {
	if !s.locked || s.connection == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), statementTime)
	defer cancel()
	if _, err := s.connection.Exec(ctx, "SELECT pg_advisory_unlock($1)", s.store.lockKey()); err != nil {
		s.drop()
	}
	s.locked = false
}

// end closes the connection and forgets the process.
func (s *session) end() error {
	if s.connection == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	// A row that stays behind does no harm.
	s.connection.Exec(ctx, "DELETE FROM writers WHERE process = $1", s.process) //nolint:errcheck // see above
	if err := s.connection.Close(ctx); err != nil {
		return fmt.Errorf("close ledger: %w", err)
	}
	return nil
}
