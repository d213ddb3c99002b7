package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/packaging/boot/machine"
)

// rights asks polkit what the terminal's user may do, and pcscd whom it serves.
func (t *trial) rights(ctx context.Context) error {
	// pkcheck says 1 for no, 2 where a password would help, and nobody is there to ask for it.
	ask := func(user, action string) string {
		return "setpriv --reuid=" + user + " --regid=" + user + " --init-groups sh -c 'pkcheck --action-id " + action + " --process $$' >/dev/null 2>&1; echo $?"
	}
	var wanted [][2]string
	for _, action := range []string{
		"org.freedesktop.login1.reboot", "org.freedesktop.login1.power-off", "org.freedesktop.login1.chvt",
		"org.freedesktop.systemd1.manage-units", "org.freedesktop.timedate1.set-time", "org.freedesktop.hostname1.set-static-hostname",
	} {
		wanted = append(wanted, [2]string{ask("countersign", action), "1"}, [2]string{ask("games", action), "2"})
	}
	t.all(ctx, "polkit lets the terminal's user do nothing to the machine, whoever knows a password", wanted)
	if out, _, err := t.machine.Try(ctx, aMoment, "pkaction | grep -c pcsc-lite"); err == nil {
		t.note("pcscd asks polkit about %s actions", strings.TrimSpace(out))
	}
	t.check("pcscd shows the terminal's user the reader that was plugged in, and nobody else", func() error {
		if err := t.machine.Plug(ctx, "cards", "usb-ccid", nil); err != nil {
			return err
		}
		if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 /dev/countersign/reader"); err != nil {
			return err
		}
		if err := t.says(ctx, "cd /; setpriv --reuid=countersign --regid=countersign --init-groups guest cards | grep -c -i ccid", "1"); err != nil {
			return err
		}
		if _, code, err := t.machine.Try(ctx, aMoment, "cd /; setpriv --reuid=nobody --regid=nogroup --clear-groups guest cards"); err != nil || code == 0 {
			return fmt.Errorf("nobody was shown readers: %v", err)
		}
		return t.machine.Pull(ctx, "cards")
	})
	return nil
}

// returns restarts the machine in both ways.
func (t *trial) returns(ctx context.Context) error {
	for _, way := range []struct {
		name string
		do   func(context.Context) error // until the next boot is up as far as its root
	}{
		{"a restart", func(ctx context.Context) error {
			// From now on there is a time server. Instead of an answer to the order the next boot greets.
			_, _, err := t.machine.Try(ctx, aStart, "systemctl enable --quiet guest-time && sync && systemctl reboot && sleep infinity")
			if !errors.Is(err, machine.ErrRestarted) {
				return fmt.Errorf("it did not restart: %w", err)
			}
			return nil
		}},
		{"the reset button, in the middle of its work", func(ctx context.Context) error {
			if err := t.machine.Reset(ctx); err != nil {
				return err
			}
			return t.machine.Greeting(ctx)
		}},
	} {
		var err error
		t.check("the terminal is back by itself after "+way.name, func() error {
			begun := time.Now()
			up, enough := context.WithTimeout(ctx, aStart)
			defer enough()
			if err = way.do(up); err != nil {
				return err
			}
			err = t.ready(ctx)
			t.note("%.0f s by the emulated machine's clock since the kernel's start, %v since it was ordered", t.uptime(ctx), time.Since(begun).Round(time.Second))
			return err
		})
		if err != nil {
			return err
		}
		if _, err := t.picture(ctx, map[bool]string{true: "6-after-restart", false: "7-after-reset"}[way.name == "a restart"]); err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) uptime(ctx context.Context) (seconds float64) {
	if out, err := t.machine.Run(ctx, aMoment, "cut -d ' ' -f 1 /proc/uptime"); err == nil {
		_, _ = fmt.Sscan(out, &seconds) // a note
	}
	return seconds
}
