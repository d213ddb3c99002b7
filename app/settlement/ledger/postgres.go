package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	// ErrUnavailable says that the database cannot be reached, or is too busy, for
	// the moment. Nothing was kept, unless the error is ErrUnknown as well.
	ErrUnavailable = errors.New("the ledger's database is not available")
	// ErrUnknown says that the database went away in the middle of a commit, and
	// for so long that nobody knows what became of it. Looking again later tells.
	ErrUnknown = errors.New("nobody knows whether it was committed")
)

// pointSent is PostgreSQL's own point: writes and commit are on their way to the
// server, and its answer is not there yet.
const pointSent = "ledger.sent"

// PostgresFailPoints names the points at which Options.FailPoint is called by
// [Postgres].
func PostgresFailPoints() []string { return append(FailPoints(), pointSent) }

const (
	// statementTime bounds how long the server may take for one batch.
	statementTime = 15 * time.Second
	// outcomeTime bounds how long Update tries to find out what became of a
	// commit that was cut off.
	outcomeTime = 10 * time.Second
	connectTime = 5 * time.Second
	// referenceBlock is how many numbers are taken from the database at once.
	referenceBlock = 64
	readers        = 8
)

// Postgres is the store in a PostgreSQL database, which several processes may
// share. Transactions that arrive while others are being committed are carried
// out together: one serializable transaction of the database for all, two round
// trips in the common case, one commit.
//
// What is decided rests on serializable isolation alone, so that databases that
// speak PostgreSQL's protocol will do; an advisory lock only saves processes from
// getting into each other's way, and triggers (0002_guards.sql) only guard what
// the rules keep anyway.
type Postgres struct {
	pool      *pgxpool.Pool // for readers
	writer    session       // of the goroutine that writes
	tables    map[string]*table
	failPoint func(string)
	identity  []byte // of the ledger in the database
	replaced  atomic.Bool

	requests chan *request
	under    atomic.Int64 // transactions under way
	closing  chan struct{}
	stopped  chan struct{}
	close    sync.Once

	references struct {
		sync.Mutex
		last, end uint64
	}
}

var _ Ledger = (*Postgres)(nil)

// OpenPostgres connects to the database of a URL (postgres://user@host/name) or
// of "key=value" settings, and makes or brings up to date what a ledger needs
// there. It fails with [ErrNewer] when a later program has done so already.
func OpenPostgres(ctx context.Context, address string, o Options) (*Postgres, error) {
	p, err := openPostgres(ctx, address, o)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	go p.write()
	return p, nil
}

func openPostgres(ctx context.Context, address string, o Options) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = readers
	}
	config.ConnConfig.ConnectTimeout = connectTime
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "settlement"
	}
	p := &Postgres{tables: tables(), failPoint: o.FailPoint, requests: make(chan *request), closing: make(chan struct{}), stopped: make(chan struct{})}
	if p.failPoint == nil {
		p.failPoint = func(string) {}
	}
	p.writer = session{store: p, config: config.ConnConfig.Copy(), process: make([]byte, 16), hints: map[string][]byte{}}
	rand.Read(p.writer.process) //nolint:errcheck // never fails
	config.AfterConnect = p.greet
	if err := p.prepare(ctx, config.ConnConfig); err != nil {
		return nil, err
	}
	p.pool, err = pgxpool.NewWithConfig(ctx, config)
	return p, err
}

// prepare brings the database up to date and learns which ledger it is.
func (p *Postgres) prepare(ctx context.Context, config *pgx.ConnConfig) error {
	connection, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return explained(err)
	}
	defer connection.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is under way
	if err := migrate(ctx, connection); err != nil {
		return err
	}
	_, err = connection.Exec(ctx, "INSERT INTO ledger (format, identity) VALUES ($1, $2) ON CONFLICT DO NOTHING", format, p.writer.process)
	if err != nil {
		return explained(err)
	}
	var kept string
	if err := connection.QueryRow(ctx, "SELECT format, identity FROM ledger").Scan(&kept, &p.identity); err != nil {
		return explained(err)
	}
	if kept != format {
		return fmt.Errorf("format is %q, not %q", kept, format)
	}
	return nil
}

// greet looks at a new connection: it must lead to the same ledger as before.
func (p *Postgres) greet(ctx context.Context, connection *pgx.Conn) error {
	var identity []byte
	if err := connection.QueryRow(ctx, "SELECT identity FROM ledger").Scan(&identity); err != nil {
		return err
	}
	if !bytes.Equal(identity, p.identity) {
		p.replaced.Store(true)
		return errReplaced
	}
	for _, setting := range []string{
		// Tables begin empty, and plans that were made then are kept: by an index
		// they stay right.
		"SET enable_seqscan = off",
		"SET plan_cache_mode = force_generic_plan",
		"SET lock_timeout = '5s'",
		"SET idle_in_transaction_session_timeout = '60s'",
	} {
		if _, err := connection.Exec(ctx, setting); err != nil && !refused(err) {
			return err // a database without the setting does without
		}
	}
	// What is answered must be on the disk, whatever the database's default is.
	var commit string
	if err := connection.QueryRow(ctx, "SHOW synchronous_commit").Scan(&commit); err == nil && commit == "off" {
		if _, err := connection.Exec(ctx, "SET synchronous_commit = on"); err != nil {
			return err
		}
	} else if err != nil && !refused(err) {
		return err
	}
	return nil
}

var errReplaced = errors.New("the database holds another ledger than before")

// Lost says why the store can no longer be relied on: the database that was
// opened has been replaced by another. A database that is away for a while is
// no reason to end: transactions fail with ErrUnavailable until it is back.
func (p *Postgres) Lost() error {
	if p.replaced.Load() {
		return errReplaced
	}
	return nil
}

// Update implements Ledger.
func (p *Postgres) Update(ctx context.Context, change func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.under.Add(1)
	defer p.under.Add(-1)
	r := &request{change: change, done: make(chan error, 1)}
	select {
	case p.requests <- r:
		return <-r.done // it has begun: only the end tells the truth
	case <-ctx.Done():
		return ctx.Err()
	case <-p.stopped:
		return ErrClosed
	}
}

// write is the one goroutine of this process that changes the store; Close waits
// for it.
func (p *Postgres) write() {
	defer close(p.stopped)
	for {
		select {
		case <-p.closing:
			return
		case first := <-p.requests:
			p.writer.carryOut(first)
		}
	}
}

// NextReference implements Ledger. Numbers of a block that was not used up are
// never handed out.
func (p *Postgres) NextReference(ctx context.Context) (uint64, error) {
	p.references.Lock()
	defer p.references.Unlock()
	if p.references.last == p.references.end {
		var end int64
		// Numbers that were kept without having been handed out are left out.
		err := p.pool.QueryRow(ctx, `UPDATE reference_numbers SET given_to = $1 + GREATEST(given_to,
			(SELECT COALESCE(max(number), 0) FROM sale_references), (SELECT COALESCE(max(number), 0) FROM refund_numbers),
			(SELECT COALESCE(max(number), 0) FROM purse_references))
			RETURNING given_to`, referenceBlock).Scan(&end)
		if err != nil {
			return 0, fmt.Errorf("next reference: %w", explained(err))
		}
		p.references.last, p.references.end = uint64(end)-referenceBlock, uint64(end)
	}
	p.references.last++
	return p.references.last, nil
}

// Close implements Ledger. Further calls do nothing.
func (p *Postgres) Close() error {
	var err error
	p.close.Do(func() {
		close(p.closing)
		<-p.stopped
		err = p.writer.end()
		p.pool.Close()
	})
	return err
}
