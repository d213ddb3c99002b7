package machine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/packaging/boot/line"
)

// Greeting waits until the helper of a boot other than the last one greets: the machine
// is up as far as its root's file system.
func (m *Machine) Greeting(ctx context.Context) error {
	for {
		select {
		case answer, ok := <-m.heard:
			if !ok {
				return fmt.Errorf("the machine is gone")
			}
			if answer.Boot != "" && answer.Boot != m.boot {
				m.boot = answer.Boot
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("no boot: %w", context.Cause(ctx))
		}
	}
}

// Run runs a command in the machine as root, for at most limit. A command that fails is
// an error that tells what it said.
func (m *Machine) Run(ctx context.Context, limit time.Duration, command string) (output string, err error) {
	output, code, err := m.Try(ctx, limit, command)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit %d: %s", command, code, strings.TrimSpace(output))
	}
	return output, err
}

// Try runs a command that may fail, and tells its exit status.
func (m *Machine) Try(ctx context.Context, limit time.Duration, command string) (output string, code int, err error) {
	m.orders++
	order := line.Order{ID: m.orders, Command: command, Seconds: int(limit / time.Second)}
	if err := line.Write(m.helper, order); err != nil {
		return "", 0, err
	}
	for {
		select {
		case answer, ok := <-m.heard:
			switch {
			case !ok:
				return "", 0, fmt.Errorf("%s: the machine is gone", command)
			case answer.Boot != "" && answer.Boot != m.boot:
				m.boot = answer.Boot
				return "", 0, fmt.Errorf("%s: %w", command, ErrRestarted)
			case answer.ID == order.ID:
				return strings.TrimRight(answer.Output, "\n"), answer.Code, nil
			}
		case <-ctx.Done():
			return "", 0, fmt.Errorf("%s: %w", command, ctx.Err())
		}
	}
}
