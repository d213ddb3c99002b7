// Package watchdog tells the service manager that started a program how it is:
// that it has begun its work, what it is doing, and, again and again, that it is
// alive. A program that no longer says so is killed and started again.
//
// It speaks the protocol of sd_notify(3) and sd_watchdog_enabled(3): one datagram a
// message to the socket that NOTIFY_SOCKET names, the interval in WATCHDOG_USEC.
// WATCHDOG_PID is not looked at: a kiosk's window runs below a compositor, which is
// the process that the service manager started, and its unit says with
// NotifyAccess=all that what is below may answer for it.
//
// # Guarantees
//
//   - A program that no service manager started finds nobody to tell, and every
//     method does nothing and succeeds.
//   - Who is alive is decided by the caller's check and by nothing else: a check that
//     fails or does not return in time is a keep-alive that is not sent. There is no
//     goroutine that goes on saying "alive" while the program's work stands still.
//
// What is told is not secret: it is shown by systemctl status and kept by the journal.
package watchdog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// maxStatus is the most that a status may have, in bytes; what is more is cut off.
const maxStatus = 512

// ErrEnvironment is wrapped by the errors of an environment that names a service
// manager in a way that this package does not understand.
var ErrEnvironment = errors.New("the service manager cannot be told")

// Manager is the service manager that started this program. The zero value is one
// that nobody started: all its methods succeed and do nothing. Its methods are safe
// for concurrent use.
type Manager struct {
	line     *net.UnixConn // nil where there is nobody to tell
	interval time.Duration // within which it wants to hear, 0 for never
}

// Open reads NOTIFY_SOCKET and WATCHDOG_USEC by getenv (os.Getenv) and opens the
// socket. Its errors wrap [ErrEnvironment]. The caller closes.
func Open(getenv func(string) string) (*Manager, error) {
	address := getenv("NOTIFY_SOCKET")
	if address == "" {
		return &Manager{}, nil
	}
	if address[0] != '/' && address[0] != '@' { // '@' is Linux' abstract namespace, as Go writes it too
		return nil, fmt.Errorf("%w: NOTIFY_SOCKET is %q, neither a path nor an abstract socket", ErrEnvironment, address)
	}
	m := &Manager{}
	if text := getenv("WATCHDOG_USEC"); text != "" {
		usec, err := strconv.ParseUint(text, 10, 53) // 53: stays within a time.Duration
		if err != nil || usec == 0 {
			return nil, fmt.Errorf("%w: WATCHDOG_USEC is %q, no number of microseconds", ErrEnvironment, text)
		}
		m.interval = time.Duration(usec) * time.Microsecond
	}
	line, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvironment, err)
	}
	m.line = line
	return m, nil
}

// Close closes the socket. The manager is not told: [Manager.Stopping] does that.
func (m *Manager) Close() error {
	if m.line == nil {
		return nil
	}
	return m.line.Close()
}

// Listens tells whether there is a service manager at all.
func (m *Manager) Listens() bool { return m.line != nil }

// Interval is the time within which the service manager wants to hear that the
// program is alive; 0 if it does not watch.
func (m *Manager) Interval() time.Duration { return m.interval }

// Ready tells that the program has begun its work, with a status in words.
func (m *Manager) Ready(status string) error { return m.tell("READY=1", statusLine(status)) }

// Status tells in words what the program is doing, for whoever asks systemctl.
func (m *Manager) Status(status string) error { return m.tell(statusLine(status)) }

// Stopping tells that the program is ending.
func (m *Manager) Stopping() error { return m.tell("STOPPING=1") }

// Extend asks for more time to start or to stop in, counted from now, for work that
// is known to take long, such as the migration of a journal.
func (m *Manager) Extend(by time.Duration) error {
	return m.tell("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(by.Microseconds(), 10))
}

// Watch asks alive twice within each interval, the first time at once, and passes on
// that the program is alive when alive returns nil. alive gets a context that ends when
// its answer would come too late. Watch returns when ctx ends or telling fails; where
// nobody watches it returns at once. It is called by the goroutine that owns it, and
// returns no error for a context that ended.
func (m *Manager) Watch(ctx context.Context, alive func(context.Context) error) error {
	if m.interval == 0 {
		return nil
	}
	tick := time.NewTicker(m.interval / 2)
	defer tick.Stop()
	for {
		asked, enough := context.WithTimeout(ctx, m.interval/2)
		well := alive(asked) == nil && asked.Err() == nil
		enough()
		if ctx.Err() != nil {
			return nil
		}
		if well {
			if err := m.tell("WATCHDOG=1"); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tell sends one message of lines.
func (m *Manager) tell(lines ...string) error {
	if m.line == nil {
		return nil
	}
	if _, err := m.line.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}

// statusLine is a status as a line: what would end the line, or begin another
// assignment, becomes a space.
func statusLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxStatus {
		text = strings.ToValidUTF8(text[:maxStatus], "")
	}
	return "STATUS=" + text
}
