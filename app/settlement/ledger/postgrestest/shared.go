//go:build linux

package postgrestest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// Shared is one server for all tests of a package: it starts when the first of
// them asks, and each gets a part of its own. The zero value is ready;
// TestMain calls Stop.
type Shared struct {
	once    sync.Once
	server  *Server
	err     error
	schemas atomic.Int64
}

// Server returns the server. A machine without PostgreSQL fails the test.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() {
		if s.server, s.err = Start(context.Background(), Options{}); s.err == nil {
			s.err = s.server.Create(context.Background(), database)
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.server
}

// database holds the schemas of all tests.
const database = "tests"

// Database returns a URL with which a test has PostgreSQL for itself: a schema of
// its own, which is made faster than a database.
func (s *Shared) Database(t testing.TB) string {
	t.Helper()
	server := s.Server(t)
	name := fmt.Sprintf("t%d", s.schemas.Add(1))
	if _, err := server.SQL(t.Context(), database, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return server.URL(database) + "&search_path=" + name
}

// Stop stops the server if there is one.
func (s *Shared) Stop() {
	s.once.Do(func() { s.err = fmt.Errorf("stopped: %w", os.ErrClosed) })
	if s.server != nil {
		if err := s.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
