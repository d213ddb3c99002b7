//go:build linux

package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrNotInstalled says that this machine has no PostgreSQL server.
var ErrNotInstalled = errors.New("no PostgreSQL server is installed: packaging/setup.sh test installs it")

// superuser is the server's first role: every test is it.
const superuser = "countersign"

// Options say how a server is to be.
type Options struct {
	// Data is the data directory, absent or empty; its parent must be one that
	// the server's user can enter. It is left behind by Stop. Default: one in the
	// server's temporary directory.
	Data string
	// Settings are added to postgresql.conf, such as "max_connections": "200".
	Settings map[string]string
}

// Server is a PostgreSQL server that runs until Stop. Its methods may be called
// from any goroutine but Kill, Immediate, Restart and Stop, which belong to one.
type Server struct {
	programs  string // the directory of postgres, initdb, psql, pgbench
	directory string // temporary: socket, and data unless it was given
	data      string
	as        *syscall.Credential // nil to run as the caller
	process   *process
	watcher   *watcher
}

// Start makes a cluster and starts its server, which takes a second or two.
func Start(ctx context.Context, o Options) (s *Server, err error) {
	s = &Server{data: o.Data}
	if s.programs, err = programs(); err != nil {
		return nil, err
	}
	if s.as, err = ordinary(); err != nil {
		return nil, err
	}
	if s.directory, err = os.MkdirTemp("", "postgres"); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start PostgreSQL: %w", err), s.Stop())
		}
	}()
	if s.data == "" {
		s.data = filepath.Join(s.directory, "data")
	}
	if err := s.own(s.directory); err != nil {
		return nil, err
	}
	if s.watcher, err = s.watch(ctx); err != nil {
		return nil, err
	}
	if err := s.initialise(ctx, o.Settings); err != nil {
		return nil, err
	}
	s.process, err = s.run(ctx)
	return s, err
}

// programs finds the newest server that is installed.
func programs() (string, error) {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres"); err == nil && len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	if found, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(found), nil
	}
	return "", ErrNotInstalled
}

// ordinary returns the user that the server is to run as when the caller is one
// that PostgreSQL refuses.
func ordinary() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	// initdb asks for the name of its user, so that a made-up number will not do.
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL as an ordinary user: %w", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// own gives a directory to the server's user.
func (s *Server) own(directory string) error {
	if s.as == nil {
		return nil
	}
	return os.Chown(directory, int(s.as.Uid), int(s.as.Gid))
}

// command is a program of PostgreSQL, or the shell, run as the server's user in a
// process group of its own, so that a terminal's interrupt does not reach it.
func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	if program != "/bin/sh" {
		program = filepath.Join(s.programs, program)
	}
	c := exec.CommandContext(ctx, program, args...)
	c.Dir = s.directory
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "PGHOST=" + s.directory, "PGUSER=" + superuser, "PGDATABASE=postgres"}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	return c
}

// output runs a program to its end.
func (s *Server) output(ctx context.Context, program string, args ...string) (string, error) {
	out, err := s.command(ctx, program, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return string(out), nil
}

// initialise makes the cluster.
func (s *Server) initialise(ctx context.Context, more map[string]string) error {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return err
	}
	if err := s.own(s.data); err != nil {
		return err
	}
	args := []string{"--pgdata=" + s.data, "--username=" + superuser, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"}
	if _, err := s.output(ctx, "initdb", args...); err != nil {
		return err
	}
	settings := map[string]string{
		"listen_addresses": "", "unix_socket_directories": s.directory,
		// For many small servers beside one another.
		"shared_buffers": "32MB", "work_mem": "4MB", "maintenance_work_mem": "32MB", "max_connections": "60",
		"min_wal_size": "64MB", "max_wal_size": "512MB", "max_worker_processes": "2", "max_parallel_workers": "0",
		"jit": "off", "lc_messages": "C", "timezone": "UTC",
	}
	maps.Copy(settings, more)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	file, err := os.OpenFile(filepath.Join(s.data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text.String())
	return errors.Join(err, file.Close())
}

// URL returns what to connect to a database with.
func (s *Server) URL(database string) string {
	query := url.Values{"host": {s.directory}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Socket returns the Unix socket that the server listens at.
func (s *Server) Socket() string { return filepath.Join(s.directory, ".s.PGSQL.5432") }

// Create makes a database. Names are of lower-case letters, digits and
// underscores.
func (s *Server) Create(ctx context.Context, database string) error {
	_, err := s.SQL(ctx, "postgres", "CREATE DATABASE "+database)
	return err
}

// Drop removes a database, and whoever is connected to it.
func (s *Server) Drop(ctx context.Context, database string) error {
	_, err := s.SQL(ctx, "postgres", "DROP DATABASE IF EXISTS "+database+" WITH (FORCE)")
	return err
}

// SQL runs statements as psql does and returns what they print, unaligned: for
// looking at, and tampering with, what a program keeps.
func (s *Server) SQL(ctx context.Context, database, statements string) (string, error) {
	out, err := s.output(ctx, "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1",
		"--dbname="+database, "--command="+statements)
	return strings.TrimSpace(out), err
}
