package shop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"countersign/app/program/subprocess"
)

// installTerminal sets the terminal up without anybody at its screen: a configuration file
// for what is on this machine, and one command for all that a shop has to say. The command
// is cut off again and again, a little later each time, before it is let end, and is run
// once more then.
func (s *Shop) installTerminal(ctx context.Context, authority, settlement, code string) error {
	t := s.terminal
	settings, err := t.file("terminal.toml", fmt.Sprintf(`[machine]
data = %q
[token]
token = %q
pin-file = %q
[camera]
camera = %q
[finger]
sensor = %q
[diagnosis]
announce = true
`, filepath.Join(t.home, "data"), t.name, t.pin, s.options.TerminalCamera, s.options.TerminalSensor))
	if err != nil {
		return err
	}
	codeFile, err := t.file("enrolment-code", code)
	if err != nil {
		return err
	}
	manager := s.options.Counter.Staff[0]
	pin, err := t.file("pin-of-"+manager.Name, manager.PIN)
	if err != nil {
		return err
	}
	configured := []string{"--config", settings}
	command := []string{"--authority", authority, "--settlement", settlement, "--merchant", merchant, "--code-file", codeFile,
		"--manager", manager.Name, "--manager-pin-file", pin, "--init-token", "--so-pin-file", t.soPIN}
	for after := 20 * time.Millisecond; after < 2*time.Second; after = after * 3 / 2 {
		if whole, err := cutOff(ctx, t.command("enrol", configured, command), after); err != nil {
			return err
		} else if whole {
			break
		}
	}
	for range 2 {
		if _, err := t.run(ctx, "enrol", configured, command); err != nil {
			return err
		}
	}
	for _, file := range []string{codeFile, pin, t.soPIN} { // which it needs no more
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	s.terminalFlags = configured
	return s.window(t, configured)
}

// cutOff kills a command after a time, as a power cut does (SIGKILL). whole says that it
// had ended by itself before.
func cutOff(ctx context.Context, c subprocess.Command, after time.Duration) (whole bool, err error) {
	p, err := subprocess.Start(c)
	if err != nil {
		return false, err
	}
	cut := time.NewTimer(after)
	defer cut.Stop()
	select {
	case <-p.Done():
		if p.Closed() {
			return true, nil
		}
		return false, p.Err()
	case <-ctx.Done():
		return false, errors.Join(context.Cause(ctx), p.Stop())
	case <-cut.C:
	}
	_ = p.Signal(syscall.SIGKILL) // it may just have ended
	<-p.Done()
	return false, nil
}
