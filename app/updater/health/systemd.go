package health

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// askLimit is how long systemd may take to answer, examineLimit how long an examination.
const (
	askLimit     = 10 * time.Second
	examineLimit = time.Minute
	// mostSaid bounds what a program may say.
	mostSaid = 1 << 20
)

// Unit asks systemd about a unit, "countersign-terminal.service". It is active when it
// has said READY=1, where its Type is notify.
func Unit(name string) func(context.Context) (State, error) {
	return func(ctx context.Context) (State, error) {
		out, err := run(ctx, askLimit, "systemctl", "show", "--property=ActiveState,InvocationID", "--", name)
		if err != nil {
			return State{}, fmt.Errorf("ask systemd about %s: %w", name, err)
		}
		return parseShow(out)
	}
}

// parseShow reads what "systemctl show" says.
func parseShow(text []byte) (s State, err error) {
	active, run := "", ""
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "ActiveState":
			active = value
		case "InvocationID":
			run = value
		}
	}
	if active == "" {
		return s, errors.New("systemd did not say how the unit is")
	}
	return State{Active: active == "active" && run != "", Run: run}, nil
}

// apart are the checks of an examination that do not hang together with a version.
func apart() []string {
	return []string{"settlement", "authority", "settlement-certificate", "revocation-list", "clock", "time-zone", "disk", "versions"}
}

// Doctor runs a program that examines the terminal, as "terminal doctor --json" does,
// and returns what is bad. That it ends with status 1 is how it says that something is.
func Doctor(command string, args ...string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		out, err := run(ctx, examineLimit, command, args...)
		var exit *exec.ExitError
		if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
			return nil, err
		}
		return parseFindings(out)
	}
}

var checkForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// parseFindings reads an object a line and returns the names of those that are bad.
func parseFindings(text []byte) (bad []string, err error) {
	lines := json.NewDecoder(bytes.NewReader(text))
	n := 0
	for ; ; n++ {
		var f struct {
			Check string `json:"check"`
			State string `json:"state"`
		}
		if err := lines.Decode(&f); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read the examination: %w", err)
		}
		if !checkForm.MatchString(f.Check) || f.State != "ok" && f.State != "warn" && f.State != "bad" {
			return nil, errors.New("read the examination: not a finding")
		}
		if f.State == "bad" && !slices.Contains(apart(), f.Check) {
			bad = append(bad, f.Check)
		}
	}
	if n == 0 {
		return nil, errors.New("the examination said nothing")
	}
	return bad, nil
}

// run runs a program and returns what it says, bounded.
func run(ctx context.Context, limit time.Duration, name string, args ...string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	c := exec.CommandContext(ctx, name, args...)
	c.WaitDelay = time.Second
	out := &bounded{}
	c.Stdout = out
	err := c.Run()
	if out.over {
		return nil, fmt.Errorf("%s said more than %d bytes", name, mostSaid)
	}
	return out.Bytes(), err
}

// bounded takes mostSaid bytes and drops the rest.
type bounded struct {
	bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > mostSaid {
		b.over = true
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
