package ledger

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/jackc/pgx/v5"
	"go.etcd.io/bbolt"

	"countersign/app/settlement/ledger/postgrestest"
)

// shared is the PostgreSQL server of these tests; TestMain stops it.
var shared postgrestest.Shared

// opened is a store in use.
type opened interface {
	Ledger
	Lost() error
}

// store is a kind of store: the tests of what a ledger guarantees run on each.
type store struct {
	name string
	// place makes room for one ledger, and returns where.
	place func(t testing.TB) string
	open  func(ctx context.Context, place string, o Options) (opened, error)
	// points are the store's fail points.
	points []string
	// tamper changes what is kept behind the ledger's back.
	tamper func(t testing.TB, l opened, change func(vault) error)
}

// stores is read only.
var stores = []store{
	{
		name:  "bolt",
		place: func(t testing.TB) string { return filepath.Join(t.TempDir(), "ledger.db") },
		open: func(_ context.Context, place string, o Options) (opened, error) {
			return Open(place, o)
		},
		points: FailPoints(),
		tamper: func(t testing.TB, l opened, change func(vault) error) {
			if err := l.(*Bolt).db.Update(func(tx *bbolt.Tx) error { return change(boltVault{tx}) }); err != nil {
				t.Fatal(err)
			}
		},
	},
	{
		name:  "postgres",
		place: func(t testing.TB) string { return shared.Database(t) },
		open: func(ctx context.Context, place string, o Options) (opened, error) {
			return OpenPostgres(ctx, place, o)
		},
		points: PostgresFailPoints(),
		tamper: tamperPostgres,
	},
}

// everyStore runs a test on each store.
func everyStore(t *testing.T, test func(t *testing.T, on store)) {
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel() // the stores with each other: they wait for the disk
			test(t, s)
		})
	}
}

// openAt opens a ledger and closes it at the end of the test.
func (s store) openAt(t testing.TB, place string, o Options) opened {
	t.Helper()
	l, err := s.open(t.Context(), place, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// fresh is an empty ledger.
func (s store) fresh(t testing.TB) opened { return s.openAt(t, s.place(t), Options{}) }

// vault is a store as one sees it who does not care for the rules.
type vault interface{ Bucket(name []byte) shelf }

type shelf interface {
	Get(key []byte) []byte
	First() (key, value []byte)
	Put(key, value []byte) error
	Delete(key []byte) error
}

type boltVault struct{ tx *bbolt.Tx }

func (v boltVault) Bucket(name []byte) shelf { return boltShelf{v.tx.Bucket(name)} }

type boltShelf struct{ *bbolt.Bucket }

func (s boltShelf) First() (key, value []byte) { return s.Cursor().First() }

type postgresVault struct {
	t      testing.TB
	tx     pgx.Tx
	tables map[string]*table
}

// tamperPostgres turns the guards off first, as only the database's owner can.
func tamperPostgres(t testing.TB, l opened, change func(vault) error) {
	t.Helper()
	p := l.(*Postgres)
	err := pgx.BeginFunc(t.Context(), p.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica;
			DO $$ DECLARE c record; BEGIN
				FOR c IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace LOOP
					EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.owner, c.conname);
				END LOOP;
			END $$`)
		if err != nil {
			return err
		}
		return change(postgresVault{t, tx, p.tables})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (v postgresVault) Bucket(name []byte) shelf { return postgresShelf{v, v.tables[string(name)]} }

type postgresShelf struct {
	postgresVault
	table *table
}

func (s postgresShelf) query(statement string, arguments ...any) (key, value []byte) {
	s.t.Helper()
	rows, err := s.tx.Query(s.t.Context(), statement, arguments...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	if err := s.table.read(rows, func(k, v []byte) error { key, value = k, v; return nil }); err != nil {
		s.t.Fatal(err)
	}
	return key, value
}

func (s postgresShelf) Get(key []byte) []byte {
	_, value := s.query(s.table.sql.get, array(s.table.key, []any{s.table.keyOf(key)}))
	return value
}

func (s postgresShelf) First() (key, value []byte) {
	from := s.table.keyOf([]byte{})
	return s.query(s.table.sql.from, from, 1)
}

func (s postgresShelf) Put(key, value []byte) error {
	v, err := decoded(s.table.bucket, value)
	if err != nil {
		return err
	}
	if err := s.Delete(key); err != nil {
		return err
	}
	var batch pgx.Batch
	w := write{s.table.bucket, key, value, v}
	s.table.store(&batch, []write{w}, map[string][]byte{w.bucket + "\x00" + string(key): nil})
	return s.tx.SendBatch(s.t.Context(), &batch).Close()
}

func (s postgresShelf) Delete(key []byte) error {
	_, err := s.tx.Exec(s.t.Context(), s.table.sql.remove, array(s.table.key, []any{s.table.keyOf(key)}))
	return err
}

// decoded returns what a value encodes.
func decoded(bucket string, value []byte) (any, error) {
	as := map[string]func() (any, error){
		bucketAccounts: decodedAs[Account](value), bucketEntries: decodedAs[Entry](value), bucketSales: decodedAs[Sale](value),
		bucketReferences: decodedAs[SaleKey](value), bucketRequests: decodedAs[SaleKey](value), bucketPrints: decodedAs[PrintUse](value),
		bucketFailures: decodedAs[Failures](value), bucketRefunds: decodedAs[Refund](value), bucketRefundNumbers: decodedAs[RefundKey](value),
		bucketAuthorisations: decodedAs[Authorisation](value), bucketAnchors: decodedAs[Anchor](value), bucketHeads: decodedAs[Anchor](value),
		bucketLoads: decodedAs[Load](value), bucketChanges: decodedAs[Change](value),
		bucketPurses: decodedAs[Purse](value), bucketPurseLoads: decodedAs[PurseLoad](value), bucketDeductions: decodedAs[[]Deduction](value),
		bucketReports: decodedAs[Report](value), bucketTaps: decodedAs[Tap](value), bucketPurseTransfers: decodedAs[PurseTransfer](value),
		bucketProbes: decodedAs[Probe](value), bucketProbeHeads: decodedAs[Probes](value), bucketFingerEvents: decodedAs[FingerEvent](value),
		bucketTerminalStates: decodedAs[TerminalState](value), bucketZMarks: decodedAs[ZMark](value), bucketStoreUsers: decodedAs[StoreUser](value),
	}[bucket]
	if as == nil {
		return nil, nil
	}
	return as()
}

func decodedAs[T any](raw []byte) func() (any, error) {
	return func() (any, error) {
		var v T
		err := cbor.Unmarshal(raw, &v)
		return v, err
	}
}
