package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/packaging/boot/machine"
)

// A plug is a device that is plugged in and pulled while the terminal runs.
type plug struct {
	role     string
	in, out  func(ctx context.Context, m *machine.Machine) error
	tried    string // a command that the terminal's user, in its unit's sandbox, must be able to run
	whatItIs string
}

// emulated is a USB device of the emulator's.
func emulated(id, driver string, properties map[string]any) (in, out func(context.Context, *machine.Machine) error) {
	in = func(ctx context.Context, m *machine.Machine) error { return m.Plug(ctx, id, driver, properties) }
	out = func(ctx context.Context, m *machine.Machine) error { return m.Pull(ctx, id) }
	return in, out
}

// inside is a USB device that the helper is.
func inside(start, stop string) (in, out func(context.Context, *machine.Machine) error) {
	in = func(ctx context.Context, m *machine.Machine) error {
		_, err := m.Run(ctx, aMoment, start)
		return err
	}
	out = func(ctx context.Context, m *machine.Machine) error {
		_, err := m.Run(ctx, aMoment, stop)
		return err
	}
	return in, out
}

func plugs() (list []plug) {
	add := func(role, whatItIs, tried string, in, out func(context.Context, *machine.Machine) error) {
		list = append(list, plug{role, in, out, tried, whatItIs})
	}
	in, out := emulated("sensor", "usb-serial", map[string]any{"chardev": "sensor", "serial": "SENSOR1", "always-plugged": true})
	add("sensor", "a serial line over USB (FTDI)", "exec 3<>/dev/countersign/sensor", in, out)
	in, out = emulated("reader", "usb-ccid", nil)
	add("reader", "a card reader (CCID)", "test -e /dev/countersign/reader", in, out)
	in, out = inside("systemd-run --quiet --unit=trial-printer -p StandardOutput=truncate:/run/trial-paper guest usb printer", "systemctl stop trial-printer")
	add("printer", "a USB printer over USB/IP", "echo 'Receipt 1' >/dev/countersign/printer", in, out)
	in, out = inside("systemd-run --quiet --unit=trial-camera guest usb camera", "systemctl stop trial-camera")
	add("camera", "a USB camera over USB/IP", "exec 3<>/dev/countersign/camera", in, out)
	in, out = inside("modprobe dummy_hcd && modprobe g_serial", "modprobe -r g_serial dummy_hcd")
	add("imager", "a hand imager that is a serial port (CDC ACM gadget)", "exec 3<>/dev/countersign/imager", in, out)
	return list
}

// asTerminal runs a command as the terminal's user in the control group of its unit,
// where its sandbox of devices applies.
func asTerminal(command string) string {
	return "echo $$ >/sys/fs/cgroup/system.slice/" + terminal + "/cgroup.procs && exec timeout 60 setpriv --reuid=countersign --regid=countersign --init-groups --no-new-privs sh -c '" +
		strings.ReplaceAll(command, "'", `'\''`) + "'"
}

// devices plugs each device in, twice, while the terminal runs.
func (t *trial) devices(ctx context.Context) error {
	if err := t.machine.Backend(ctx, "sensor"); err != nil {
		return err
	}
	if err := t.machine.Backend(ctx, "sensor2"); err != nil {
		return err
	}
	if _, err := t.machine.Run(ctx, aMoment, "modprobe vhci_hcd && udevadm settle --timeout=110"); err != nil {
		return err
	}
	before, err := t.state(ctx)
	if err != nil {
		return err
	}
	for _, p := range plugs() {
		name := "/dev/countersign/" + p.role
		t.check(name+" comes and goes with "+p.whatItIs+", twice, and the terminal may use it", func() error {
			for range 2 {
				if err := p.in(ctx, t.machine); err != nil {
					return err
				}
				if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 "+name+" && udevadm settle --timeout=100"); err != nil {
					seen, _, _ := t.machine.Try(ctx, aMoment, "ls -l /dev/countersign; dmesg | tail -n 8; journalctl -q -n 5 -u 'trial-*'")
					return fmt.Errorf("%w\n%s", err, seen)
				}
				if _, err := t.machine.Run(ctx, aMoment, asTerminal(p.tried)); err != nil {
					return err
				}
				if err := p.out(ctx, t.machine); err != nil {
					return err
				}
				if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 --removed "+name); err != nil {
					return err
				}
			}
			return nil
		})
	}
	t.check("what was printed came out of the printer", func() error { return t.says(ctx, "cat /run/trial-paper", "Receipt 1") })
	t.tied(ctx)
	t.check("the terminal went on through all of it", func() error {
		after, err := t.state(ctx)
		if err == nil && after != before {
			err = fmt.Errorf("it was %+v and is %+v", before, after)
		}
		return err
	})
	t.all(ctx, "what is no device of the terminal's it cannot open", [][2]string{
		{"for one in /dev/vda /dev/input/event0 /dev/mem /dev/tty2 /dev/tpmrm0; do test -e $one || echo $one is missing; (" + asTerminal("exec 3<$one") + ") 2>/dev/null && echo opened $one; done; :", ""},
	})
	return nil
}

// tied ties the sensor's role to one of two adapters.
func (t *trial) tied(ctx context.Context) {
	t.check("countersign-device ties the sensor's name to one of two adapters, whichever comes first", func() (err error) {
		plug := func(id, chardev, serial string) error {
			return t.machine.Plug(ctx, id, "usb-serial", map[string]any{"chardev": chardev, "serial": serial, "always-plugged": true})
		}
		if err := plug("one", "sensor", "SENSOR1"); err != nil {
			return err
		}
		if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 /dev/countersign/sensor && countersign-device sensor $(readlink -f /dev/countersign/sensor)"); err != nil {
			return err
		}
		if err := t.machine.Pull(ctx, "one"); err != nil {
			return err
		}
		if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 --removed /dev/countersign/sensor"); err != nil {
			return err
		}
		if err := plug("two", "sensor2", "OTHER2"); err != nil {
			return err
		}
		if _, err := t.machine.Run(ctx, aMoment, "udevadm wait --timeout=110 /dev/ttyUSB0 && udevadm settle --timeout=100 && ! test -e /dev/countersign/sensor"); err != nil {
			return fmt.Errorf("another adapter: %w", err)
		}
		if err := plug("one", "sensor", "SENSOR1"); err != nil {
			return err
		}
		err = t.says(ctx, "udevadm wait --timeout=110 /dev/countersign/sensor && udevadm info -q property --property=ID_SERIAL_SHORT --value /dev/countersign/sensor", "SENSOR1")
		_, again := t.machine.Run(ctx, aMoment, "countersign-device sensor any")
		return errors.Join(err, again, t.machine.Pull(ctx, "one"), t.machine.Pull(ctx, "two"))
	})
}
