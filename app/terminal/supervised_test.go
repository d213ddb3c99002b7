package main

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Before a journal is opened the service manager hears how long that may take: by its
// size, both files together.
func TestAllowOpening(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "notify")
	line, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	next := func() string {
		t.Helper()
		if err := line.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 512)
		n, err := line.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}
	k := &terminal{log: slog.New(slog.DiscardHandler)}
	k.Data = dir
	for _, c := range []struct {
		name   string
		files  map[string]int64
		extend string
	}{
		{"none yet", nil, "EXTEND_TIMEOUT_USEC=60000000"},
		{"both files", map[string]int64{"journal.db": 400 << 20, "journal.log": 200 << 20}, "EXTEND_TIMEOUT_USEC=660000000"},
	} {
		for name, size := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
				t.Fatal(err)
			}
		}
		k.allowOpening(t.Context())
		if got := next(); got != c.extend {
			t.Errorf("%s: %q", c.name, got)
		}
		if got := next(); got != "STATUS=Opening the journal" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
