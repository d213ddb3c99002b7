package main

import (
	"context"
	"fmt"
	"image"
	"strings"
	"time"
)

// chords are the keys by which desktops, browsers, terminals and kernels are left. They
// are pressed in groups: what is looked at afterwards takes long.
var chords = []struct {
	what string
	keys []string
}{
	{"to close or change the window", []string{"alt-f4", "alt-tab", "alt-shift-tab", "alt-esc", "alt-spc", "ctrl-q", "ctrl-w", "ctrl-esc", "ctrl-shift-esc", "f11", "alt-f10", "ctrl-alt-d"}},
	{"to open something else", []string{"meta_l", "meta_r", "meta_l-d", "meta_l-l", "meta_l-r", "meta_l-e", "ctrl-alt-t", "alt-f1", "alt-f2", "print", "menu", "ctrl-n", "ctrl-o", "ctrl-p", "ctrl-shift-i", "f12", "f1"}},
	{"to end the compositor or the X server", []string{"ctrl-alt-backspace", "ctrl-c", "ctrl-z", "ctrl-d", "ctrl-backslash", "alt-print", "meta_l-shift-e", "alt-shift-esc"}},
	{"to another screen", []string{"ctrl-alt-f2", "ctrl-alt-f3", "ctrl-alt-f6", "ctrl-alt-f7", "ctrl-alt-f12", "alt-f3", "alt-left", "alt-right", "ctrl-alt-f1"}},
	{"to restart, by magic and by Ctrl-Alt-Del nine times", append([]string{"alt-sysrq-r", "alt-sysrq-k", "alt-sysrq-e", "alt-sysrq-i", "alt-sysrq-u", "alt-sysrq-b", "power"}, many("ctrl-alt-delete", 9)...)},
}

func many(chord string, times int) (list []string) {
	for range times {
		list = append(list, chord)
	}
	return list
}

// A state is what must not change whatever a customer presses.
type state struct{ pids, restarts, screen, boot, jobs string }

func (t *trial) state(ctx context.Context) (s state, err error) {
	out, err := t.machine.Run(ctx, aMoment, "pgrep -x 'cage|Xwayland|terminal' | xargs; systemctl show -P NRestarts "+terminal+
		"; cat /sys/class/tty/tty0/active; cat /proc/sys/kernel/random/boot_id; systemctl list-jobs --plain --no-legend | grep -v systemd-time-wait-sync | xargs")
	if err != nil {
		return s, err
	}
	lines := strings.Split(out+"\n", "\n")
	if len(lines) < 5 {
		return s, fmt.Errorf("its state: %q", out)
	}
	return state{lines[0], lines[1], lines[2], lines[3], lines[4]}, nil
}

// keys presses everything by which programs are left, and looks whether the terminal is
// still there, in front, the same process.
func (t *trial) keys(ctx context.Context) error {
	heard, err := t.listen(ctx)
	if err != nil {
		return err
	}
	before, err := t.state(ctx)
	if err != nil {
		return err
	}
	if before.screen != "tty1" || before.jobs != "" {
		return fmt.Errorf("before any key: %+v", before)
	}
	still := func(name string) error {
		after, err := t.state(ctx)
		if err != nil {
			return err
		}
		picture, err := t.picture(ctx, name)
		if err != nil {
			return err
		}
		if after != before {
			return fmt.Errorf("it was %+v and is %+v", before, after)
		}
		if colours(picture) < 50 {
			return fmt.Errorf("%d colours: a screen of text", colours(picture))
		}
		return nil
	}
	first, err := t.picture(ctx, "3-before-keys")
	if err != nil {
		return err
	}
	for i, group := range chords {
		t.check("keys "+group.what+" leave it where it is: "+short(group.keys), func() error {
			if err := heard.press(ctx, group.keys...); err != nil {
				return err
			}
			return still(fmt.Sprintf("3-keys-%d", i+1))
		})
	}
	t.check("buttons and corners of a pointer leave it where it is", func() error {
		for _, button := range []string{"right", "middle", "side", "extra"} {
			for _, at := range [][2]float64{{0.01, 0.01}, {0.99, 0.99}, {0.5, 0.5}} {
				if err := t.machine.Click(ctx, button, at[0], at[1]); err != nil {
					return err
				}
				if err := heard.more(ctx, 1); err != nil {
					return fmt.Errorf("click did not arrive: %w", err)
				}
			}
		}
		return still("3-pointer")
	})
	t.check("the power button of the case does nothing", func() error {
		if err := t.machine.PowerKey(ctx); err != nil {
			return err
		}
		if err := heard.more(ctx, 1); err != nil {
			return fmt.Errorf("the button did not arrive: %w", err)
		}
		return still("3-power-button")
	})
	t.check("keys do reach the window: a page answers Tab", func() error {
		if err := heard.press(ctx, "tab", "tab", "tab"); err != nil {
			return err
		}
		after, err := t.picture(ctx, "3-tab")
		if err == nil && alike(first, after) == 1 {
			err = fmt.Errorf("nothing changed on the screen")
		}
		return err
	})
	return heard.stop(ctx)
}

// listener hears in the machine which keys are let go, beside whoever else hears them.
type listener struct {
	t       *trial
	arrived int
}

// heardFile is where the listener writes them.
const heardFile = "/run/trial-keys"

func (t *trial) listen(ctx context.Context) (*listener, error) {
	_, err := t.machine.Run(ctx, aMoment, "rm -f "+heardFile+" && systemd-run --quiet --collect --unit=trial-keys -p KillSignal=SIGKILL -p StandardOutput=truncate:"+heardFile+" guest keys && "+line(heardFile, 1))
	return &listener{t: t, arrived: 1}, err
}

// more waits for so many keys more.
func (l *listener) more(ctx context.Context, keys int) error {
	l.arrived += keys
	_, err := l.t.machine.Run(ctx, aMoment, line(heardFile, l.arrived))
	return err
}

// press presses chords one after the other: they do not run into each other.
func (l *listener) press(ctx context.Context, chords ...string) error {
	for _, chord := range chords {
		if err := l.t.machine.Press(ctx, chord); err != nil {
			return fmt.Errorf("%s: %w", chord, err)
		}
		if err := l.more(ctx, strings.Count(chord, "-")+1); err != nil {
			return fmt.Errorf("%s did not arrive: %w", chord, err)
		}
	}
	return nil
}

func (l *listener) stop(ctx context.Context) error {
	_, err := l.t.machine.Run(ctx, aMoment, "systemctl stop trial-keys")
	return err
}

// gestures are the guest's, in groups, how they are told, and the tap on the page before
// them that shows that all of them were taken: they come in their order.
var gestures = []struct {
	what  string
	names []string
	tap   string
}{
	{"one finger from the edges and corners, and long on one place", []string{"left-edge", "right-edge", "top-edge", "bottom-edge", "top-corner", "long-press"}, "tap:0.9,0.92"},
	{"three, four and five fingers, pinched and spread", []string{"three-left", "three-up", "three-down", "four-left", "five-pinch", "pinch", "spread", "long-two", "corner-presses"}, "tap:0.1,0.92"},
}

// touches makes on a touch screen what tablets and desktops take for a way out.
func (t *trial) touches(ctx context.Context) error {
	if _, err := t.machine.Run(ctx, aMoment, "modprobe uinput"); err != nil {
		return err
	}
	before, err := t.state(ctx)
	if err != nil {
		return err
	}
	for i, group := range gestures {
		t.check("gestures of "+group.what+" leave it where it is, and a tap then turns its page: "+strings.Join(group.names, " "), func() error {
			first, err := t.picture(ctx, fmt.Sprintf("3-touch-%d-before", i+1))
			if err != nil {
				return err
			}
			if _, err := t.machine.Run(ctx, aMoment, "systemd-run --quiet --collect --unit=trial-touch guest touch "+strings.Join(group.names, " ")+" "+group.tap+" stay"); err != nil {
				return err
			}
			if err := t.turned(ctx, first, fmt.Sprintf("3-touch-%d", i+1)); err != nil {
				return err
			}
			after, err := t.state(ctx)
			if err == nil && after != before {
				err = fmt.Errorf("it was %+v and is %+v", before, after)
			}
			if err != nil {
				return err
			}
			return t.says(ctx, "systemctl stop trial-touch", "")
		})
	}
	return nil
}

// turned waits until the screen shows another page.
func (t *trial) turned(ctx context.Context, first image.Image, name string) error {
	shown, enough := context.WithTimeout(ctx, aMoment)
	defer enough()
	for {
		after, err := t.picture(shown, name)
		if err != nil {
			said, _, _ := t.machine.Try(ctx, aMoment, "udevadm info /sys/class/input/event* | grep -i touch; journalctl -q -n 10 -u trial-touch -u "+terminal)
			return fmt.Errorf("the page was not turned: %w\n%s", err, said)
		}
		if alike(first, after) < 0.8 && colours(after) >= 50 {
			return nil
		}
	}
}

// withoutWindow presses keys while the terminal is down, when the kernel hears them.
func (t *trial) withoutWindow(ctx context.Context) error {
	t.check("while it is down, Ctrl-Alt-Del and magic keys do nothing, and it comes back onto its own screen from another", func() error {
		before, err := t.state(ctx)
		if err != nil {
			return err
		}
		if _, err := t.machine.Run(ctx, aMoment, "systemctl stop "+terminal); err != nil {
			return err
		}
		heard, err := t.listen(ctx)
		if err != nil {
			return err
		}
		if err := heard.press(ctx, append(many("ctrl-alt-delete", 8), "alt-sysrq-b", "alt-f2", "ctrl-alt-f2")...); err != nil {
			return err
		}
		// Whether a key has changed the screen or not, it is changed now.
		if err := t.says(ctx, "systemctl stop trial-keys; chvt 2; fgconsole", "2"); err != nil {
			return err
		}
		if err := t.ready(ctx); err != nil {
			return err
		}
		after, err := t.state(ctx)
		if err == nil && (after.boot != before.boot || after.jobs != before.jobs) {
			err = fmt.Errorf("it was %+v and is %+v", before, after)
		}
		return err
	})
	return t.ready(ctx) // also after a failure
}

// line is a command that waits for the n-th line of a file that grows.
func line(file string, n int) string {
	return fmt.Sprintf("timeout %.0f tail -n +1 -F %s 2>/dev/null | head -n %d >/dev/null; [ $(wc -l <%s) -ge %d ]", (90 * time.Second).Seconds(), file, n, file, n)
}

func short(keys []string) string {
	var list []string
	for _, k := range keys {
		if len(list) == 0 || list[len(list)-1] != k {
			list = append(list, k)
		}
	}
	return strings.Join(list, " ")
}
