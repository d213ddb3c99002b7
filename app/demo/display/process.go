package display

import (
	"errors"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"countersign/app/program/subprocess"
)

// run starts the server's process, tied to this one, and has it waited for; ended
// is closed then. Were this program gone, the server would be asked to end, and so
// remove its socket.
func (s *Server) run(cmd *exec.Cmd) error {
	err := subprocess.Tie(cmd, syscall.SIGTERM, func() {
		defer close(s.ended)
		s.err = asked(cmd.Wait())
	})
	if err == nil {
		s.process = cmd.Process
	}
	return err
}

// asked turns the end of a process by the signal that Stop sends into no error.
func asked(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGTERM {
			return nil
		}
	}
	return err
}

// A tail keeps the end of what a process wrote to its standard error, for the
// message when it fails. It may be written and read at the same time.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return "it said nothing"
	}
	return strings.Join(strings.Fields(string(t.text)), " ")
}
