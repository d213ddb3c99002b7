package settle_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/ledger/postgrestest"
)

// onPostgres has the tests keep their ledgers in PostgreSQL.
const onPostgres = "COUNTERSIGN_SETTLE_ON_POSTGRES"

// shared is the server then.
var shared postgrestest.Shared

// atOnce is how many tests run at a time: they wait for the disk and for PostgreSQL more than
// they reckon.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

// emptyLedger is what a world begins with; the world closes it.
func emptyLedger(t testing.TB) ledger.Ledger {
	t.Helper()
	var l ledger.Ledger
	var err error
	if os.Getenv(onPostgres) != "" {
		l, err = ledger.OpenPostgres(t.Context(), shared.Database(t), ledger.Options{})
	} else {
		l, err = ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestOnPostgres runs all other tests once more, with their ledgers in
// PostgreSQL, in a process of its own.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.skip=^TestOnPostgres$")
	again.Env = append(os.Environ(), onPostgres+"=1")
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
