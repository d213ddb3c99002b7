package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

const terminal = "countersign-terminal.service"

// firstBoot starts the machine with nobody to tell it the time.
func (t *trial) firstBoot(ctx context.Context) error {
	up, enough := context.WithTimeout(ctx, aStart)
	defer enough()
	if err := t.machine.Greeting(up); err != nil {
		return err
	}
	t.check("the kernel and the service manager start from the image", func() error {
		_, err := t.picture(ctx, "1-starting")
		return err
	})
	var err error
	t.check("the terminal starts by itself and says READY, under cage on tty1", func() error {
		err = t.ready(ctx)
		return err
	})
	if err != nil {
		log, _, _ := t.machine.Try(ctx, aMoment, "systemctl list-jobs; systemctl --failed; systemctl status "+terminal+"; journalctl -b -n 60 --no-pager")
		t.note("%s", strings.ReplaceAll(log, "\n", "\n# "))
		return err
	}
	if out, err := t.machine.Run(ctx, aMoment, "systemd-analyze time; systemd-analyze critical-chain --no-pager "+terminal); err == nil {
		t.note("%s", strings.ReplaceAll(out, "\n", "\n# "))
	}
	t.check("without a time server it opened only after it had waited for one", func() error {
		// In the journal: the unit itself is tried again, in vain, whenever the terminal starts.
		out, err := t.machine.Run(ctx, aMoment, "journalctl -q -b -o short-monotonic _PID=1 UNIT=systemd-time-wait-sync.service | grep -m 1 -F \"Failed with result 'timeout'\" | tr -d '[]' | awk '{ print $1 }'")
		if err != nil {
			return err
		}
		waited, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
		if err != nil {
			return err
		}
		began, err := t.moment(ctx, terminal, "ExecMainStartTimestampMonotonic")
		if err == nil && began < waited {
			err = fmt.Errorf("the terminal began at %.1f s, the waiting ended at %.1f s", began, waited)
		}
		return err
	})
	return nil
}

// ready waits until the terminal's unit is up, which is when it has said READY, and sees
// its picture on the screen.
func (t *trial) ready(ctx context.Context) error {
	// Joins the job that the boot has begun, or finds it done.
	if _, err := t.machine.Run(ctx, aStart, "systemctl start "+terminal); err != nil {
		return err
	}
	if err := t.says(ctx, "systemctl show -P ActiveState -P SubState -P Type "+terminal+" | xargs", "notify active running"); err != nil {
		return err
	}
	return t.says(ctx, "cat /sys/class/tty/tty0/active; fgconsole", "tty1\n1")
}

// moment is a time since the kernel's start, in seconds.
func (t *trial) moment(ctx context.Context, unit, name string) (float64, error) {
	text, err := t.property(ctx, unit, name)
	if err != nil {
		return 0, err
	}
	usec, err := strconv.ParseFloat(text, 64)
	return usec / 1e6, err
}

// installed looks at what is set up, on the running machine.
func (t *trial) installed(ctx context.Context) error {
	t.check("the screen shows the terminal's first page", func() error {
		picture, err := t.picture(ctx, "2-first-page")
		if err == nil && colours(picture) < 50 {
			err = fmt.Errorf("%d colours: a screen of text", colours(picture))
		}
		return err
	})
	t.all(ctx, "cage, Xwayland and the terminal run as the terminal's user, in its control group", [][2]string{
		{"ps -o user:20= -C cage,Xwayland,terminal | sort | uniq -c | xargs", "3 countersign"},
		{"for one in cage Xwayland terminal; do cat /proc/$(pgrep -x $one)/cgroup; done | sort -u", "0::/system.slice/" + terminal},
		{"for one in cage Xwayland terminal; do grep -h -e CapEff -e CapBnd -e NoNewPrivs /proc/$(pgrep -x $one)/status; done | sort -u | xargs",
			"CapBnd: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1"},
	})
	t.all(ctx, "nothing failed but the wait for the time, and nobody can log in at a screen", [][2]string{
		{"systemctl --failed --plain --no-legend | awk '$1 != \"systemd-time-wait-sync.service\" { print $1 }' | xargs", ""},
		{"systemctl list-units --plain --no-legend --state=running 'getty@*' | xargs", ""},
		{"systemctl is-enabled ctrl-alt-del.target || :", "masked"},
	})
	t.all(ctx, "settings of kernel and service manager are in force", [][2]string{
		{"sysctl -n kernel.sysrq kernel.yama.ptrace_scope kernel.dmesg_restrict fs.suid_dumpable | xargs", "0 2 1 0"},
		{"systemctl show -P CtrlAltDelBurstAction -P RuntimeWatchdogUSec | xargs", "1min none"},
		{"busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager NAutoVTs | xargs", "u 0"},
		{"busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager HandlePowerKey", "s \"ignore\""},
		{"ls -d /sys/module/usblp /sys/module/cdc_acm /sys/module/usbserial /sys/module/uvcvideo | wc -l", "4"},
	})
	t.all(ctx, "the journal is kept on disk, and never beyond 200 MB", [][2]string{
		{"journalctl --quiet -b -u systemd-journald -o cat | grep -c '^System Journal (/var/log/journal/.*max 200.0M'", "1"},
	})
	t.credentials(ctx)
	t.exposure(ctx, terminal, "countersign-credentials@terminal.service")
	return nil
}

// credentials looks at how the PINs are kept.
func (t *trial) credentials(ctx context.Context) {
	const store = "/etc/credstore.encrypted/countersign-terminal"
	// It warns that nothing is measured into the register that the PINs are bound to: that is why it is that one.
	open := "systemd-creds decrypt --name=pin " + store + ".pin - 2>/dev/null"
	t.all(ctx, "the PINs are root's files, sealed to the machine's TPM and to its host key, and open with both alone", [][2]string{
		{"systemd-creds has-tpm2 --quiet && echo yes", "yes"},
		{"stat -c '%U %a' " + store + ".pin " + store + ".so-pin /var/lib/systemd/credential.secret | uniq", "root 600\nroot 400"},
		{open + " | wc -c", "32"},
		{"mv /var/lib/systemd/credential.secret /root/; " + open + " >/dev/null || echo 'not without the host key'; rm -f /var/lib/systemd/credential.secret; mv /root/credential.secret /var/lib/systemd/", "not without the host key"},
		{"unshare --mount sh -c 'mount --bind /dev/null /dev/tpmrm0 && mount --bind /dev/null /dev/tpm0 && " + open + " >/dev/null || echo not without the TPM'", "not without the TPM"},
	})
	t.all(ctx, "no PIN is in a command line, in an environment or in the journal", [][2]string{
		// From a file: grep's own command line is among those that are read.
		{"umask 077; " + open + " >/run/trial-pin; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | grep -a -c -F -f /run/trial-pin || :", "0"},
		{"journalctl -b | grep -c -F -f /run/trial-pin || :; rm /run/trial-pin", "0"},
	})
}

// exposure has systemd reckon how exposed running units are.
func (t *trial) exposure(ctx context.Context, units ...string) {
	t.check("systemd reckons an exposure of 3.0 at most: "+strings.Join(units, ", "), func() error {
		for _, unit := range units {
			out, err := t.machine.Run(ctx, aMoment, "systemd-analyze security --no-pager --threshold=30 "+unit+" | tail -n 1")
			if err != nil {
				return err
			}
			_, level, _ := strings.Cut(out, unit+": ")
			fields := strings.Fields(level)
			if len(fields) == 0 {
				return fmt.Errorf("%s: %q", unit, out)
			}
			exposure, err := strconv.ParseFloat(fields[0], 64)
			if err != nil || exposure > 3 {
				return fmt.Errorf("%s: %s, %v", unit, level, err)
			}
			t.note("%s: %s", unit, fields[0])
		}
		return nil
	})
}
