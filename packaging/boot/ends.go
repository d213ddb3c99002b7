package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// ends makes an end of the terminal, and of what it stands on, in every way that a fault
// can, and measures how long it is away by the machine's own clock.
func (t *trial) ends(ctx context.Context) error {
	for _, way := range []struct{ name, command, log string }{
		{"kill -9 of the terminal", "kill -9 $(pgrep -x terminal)", ""},
		{"kill -9 of cage", "kill -9 $(pgrep -x cage)", ""},
		{"kill -9 of Xwayland", "kill -9 $(pgrep -x Xwayland)", ""},
		{"kill -9 of seatd, which holds the screen", "kill -9 $(pgrep -x seatd)", ""},
		{"a terminal that hangs (SIGSTOP): the watchdog ends it", "kill -STOP $(pgrep -x terminal)", "Watchdog timeout (limit 30s)!"},
	} {
		t.check("it comes back by itself after "+way.name, func() error { return t.endOf(ctx, strings.TrimSuffix(terminal, ".service"), way.command, way.log) })
	}
	t.check("after all that it is on its screen", func() error {
		if err := t.ready(ctx); err != nil {
			return err
		}
		picture, err := t.picture(ctx, "4-after-ends")
		if err == nil && colours(picture) < 50 {
			err = fmt.Errorf("%d colours: a screen of text", colours(picture))
		}
		return err
	})
	return nil
}

// endOf runs a command that makes an end of a unit's service, waits until the service manager
// has told that it is up again, and expects log among what it told meanwhile.
func (t *trial) endOf(ctx context.Context, unit, command, log string) error {
	// The journal is read from before the end: nothing is missed, and nothing is polled.
	script := `from=$(journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p')
		exec 4< <(exec journalctl -q -f -n all --after-cursor="$from" -o short-monotonic _PID=1 UNIT=` + unit + `.service 2>/dev/null)
		follower=$!
		cut -d ' ' -f 1 /proc/uptime
		` + command + `
		sed -u -n -e 's/^\[ *\([0-9.]*\)\] [^ ]* [^ ]* /\1 /' -e p -e '/ Started ` + unit + `/q' <&4
		kill $follower`
	out, err := t.machine.Run(ctx, aStart, script)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	from, err := strconv.ParseFloat(lines[0], 64)
	if err != nil {
		return fmt.Errorf("%q: %w", lines[0], err)
	}
	at, _, _ := strings.Cut(lines[len(lines)-1], " ")
	to, err := strconv.ParseFloat(at, 64)
	if err != nil {
		return fmt.Errorf("%q: %w", out, err)
	}
	if !strings.Contains(out, log) {
		return fmt.Errorf("not told: %q, but %s", log, out)
	}
	t.note("away for %.1f s of the emulated machine's time", to-from)
	for _, line := range lines[1:] {
		t.note("  %s", line)
	}
	return t.says(ctx, "systemctl is-active "+unit, "active")
}
