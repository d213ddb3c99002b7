//go:build linux

package postgrestest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Shared is one server for all tests of a package: it starts when the first of
// them asks, and each gets a database of its own. The zero value is ready;
// TestMain calls Stop.
type Shared struct {
	once      sync.Once
	server    *Server
	err       error
	databases atomic.Int64
}

// Server returns the server. A machine without PostgreSQL fails the test.
func (s *Shared) Server(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() { s.server, s.err = Start(context.Background(), Options{}) })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.server
}

// Database returns the URL of a new database, which goes with the test.
func (s *Shared) Database(t testing.TB) string {
	t.Helper()
	url, _ := s.Named(t)
	return url
}

// Named is Database, and says what the database is called.
func (s *Shared) Named(t testing.TB) (url, name string) {
	t.Helper()
	server := s.Server(t)
	name = fmt.Sprintf("t%d", s.databases.Add(1))
	if err := server.Create(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Drop(context.Background(), name); err != nil && !strings.Contains(err.Error(), "starting up") {
			t.Error(err)
		}
	})
	return server.URL(name), name
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
