//go:build linux

package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// victimVariable makes the test binary a process that starts a server, says
// where, and waits to be killed.
const victimVariable = "COUNTERSIGN_POSTGRESTEST_VICTIM"

func TestMain(m *testing.M) {
	if os.Getenv(victimVariable) == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.directory, s.process.command.Process.Pid)
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck // waits for the end
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.directory); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("left behind: %v", err)
		}
	})
	return s
}

func (s *Server) must(t *testing.T, statements string) string {
	t.Helper()
	out, err := s.SQL(t.Context(), "postgres", statements)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What was committed is there after every kind of end, what was not is not.
func TestServerEndsAndRestarts(t *testing.T) {
	data := t.TempDir() + "/given"
	if os.Geteuid() == 0 {
		// The server's user has to come through to the directory.
		parent, err := os.MkdirTemp("", "given")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(parent) })
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
		data = parent + "/data"
	}
	s := start(t, Options{Data: data, Settings: map[string]string{"work_mem": "5MB"}})
	if on := s.must(t, "SHOW fsync") + s.must(t, "SHOW synchronous_commit") + s.must(t, "SHOW work_mem"); on != "onon5MB" {
		t.Errorf("settings %q", on)
	}
	s.must(t, "CREATE TABLE kept (n int)")
	for n, end := range []func() error{s.Kill, s.Immediate, s.Shut, func() error { return nil }} {
		s.must(t, fmt.Sprintf("INSERT INTO kept VALUES (%d)", n))
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if have := s.must(t, "SELECT count(*) FROM kept"); have != fmt.Sprint(n+1) {
			t.Errorf("after end %d: %s rows", n, have)
		}
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(data + "/PG_VERSION"); err != nil {
		t.Errorf("the data that was given: %v", err)
	}
}

func TestPgbench(t *testing.T) {
	s := start(t, Options{})
	if err := s.Create(t.Context(), "bench"); err != nil {
		t.Fatal(err)
	}
	if err := s.PgbenchInit(t.Context(), "bench", 1); err != nil {
		t.Fatal(err)
	}
	tps, err := s.Pgbench(t.Context(), "bench", 2, time.Second)
	if err != nil || tps <= 0 {
		t.Errorf("%f a second, %v", tps, err)
	}
	if err := s.Drop(t.Context(), "bench"); err != nil {
		t.Error(err)
	}
}

// A server does not outlive whoever started it.
func TestServerEndsWithItsOwner(t *testing.T) {
	victim := exec.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), victimVariable+"=1")
	stdin, err := victim.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var directory string
	var pid int
	if _, err := fmt.Sscan(line, &directory, &pid); err != nil {
		t.Fatalf("victim said %q", line)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	victim.Wait() //nolint:errcheck // it was killed
	gone := func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		zombie := err == nil && strings.Contains(string(status), "State:\tZ")
		_, there := os.Stat(directory)
		return (err != nil || zombie) && errors.Is(there, os.ErrNotExist)
	}
	// There is no event to wait for: the cleaner is nobody's child any more.
	for limit := time.Now().Add(20 * time.Second); !gone(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			syscall.Kill(pid, syscall.SIGQUIT) //nolint:errcheck // the test has failed already
			t.Fatal("the server, or its directory, is still there")
		}
	}
}
