//go:build linux

package postgrestest

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// watcher is a shell that cleans up when the pipe to it is closed: by release,
// or by the end of the process that started it.
type watcher struct {
	command *exec.Cmd
	pipe    *os.File
}

// cleaning ends the server whose data is in $1 and removes $2. The process
// number in a data directory may be that of a server long gone: what it names
// today is taken for the server only if it works in that directory.
const cleaning = `
read -r line
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) &&
	[ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$1")" ] &&
	kill -QUIT "$pid" &&
	for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
rm -rf "$2"
`

func (s *Server) watch(ctx context.Context) (*watcher, error) {
	there, here, err := os.Pipe() // neither end is inherited by other programs
	if err != nil {
		return nil, err
	}
	c := s.command(context.WithoutCancel(ctx), "/bin/sh", "-c", cleaning, "sh", s.data, s.directory)
	c.Dir = "/"
	c.Stdin = there
	err = c.Start()
	there.Close() //nolint:errcheck // the shell has its own
	if err != nil {
		return nil, errors.Join(err, here.Close())
	}
	return &watcher{c, here}, nil
}

// release has it clean up now, and waits for that.
func (w *watcher) release() error { return errors.Join(w.pipe.Close(), w.command.Wait()) }
