package main

import (
	"context"
	"fmt"
	"strings"
)

// servers sets up authority and settlement on the same machine, with a time server from
// now on, and has the terminal enrolled without anybody at its screen.
func (t *trial) servers(ctx context.Context) error {
	t.all(ctx, "the time is set by a time server as soon as there is one", [][2]string{
		{"systemctl start guest-time && systemctl restart systemd-timesyncd && systemctl start systemd-time-wait-sync && timedatectl show --property=NTPSynchronized --value", "yes"},
	})
	var err error
	t.check("the authority starts and says READY", func() error {
		err = t.script(ctx,
			`echo 'OPTIONS="--listen 127.0.0.1:8443 --host localhost"' >/etc/default/countersign-authority`,
			"countersign-authority-setup --name Trial")
		return err
	})
	if err != nil {
		return nil // the others need it; restarts do not
	}
	code := func(role, subject, more string) string {
		return "setpriv --reuid=countersign-authority --regid=countersign-authority --clear-groups /usr/lib/countersign/authority code --data /var/lib/countersign/authority --role " +
			role + " --subject " + subject + " " + more
	}
	t.check("settlement is enrolled, starts and says READY", func() error {
		return t.script(ctx,
			code("settlement", "S-0001", "--name Trial --host localhost")+" >/root/settlement-code",
			`echo 'OPTIONS="--listen 127.0.0.1:9443 --authority https://localhost:8443"' >/etc/default/countersign-settlement`,
			"countersign-settlement-setup --authority https://localhost:8443 --host localhost --code-file /root/settlement-code",
			"setpriv --reuid=countersign-settlement --regid=countersign-settlement --clear-groups /usr/lib/countersign/settlement merchant add --data /var/lib/countersign/settlement --reference M-0001 --terminal T-0001 --currency CNY --name Trial")
	})
	t.exposure(ctx, "countersign-authority.service", "countersign-settlement.service")
	for _, name := range []string{"authority", "settlement"} {
		t.check("the "+name+" comes back by itself after kill -9", func() error {
			return t.endOf(ctx, "countersign-"+name, "kill -9 $(systemctl show -P MainPID countersign-"+name+")", "")
		})
	}
	t.check("countersign-terminal-enrol has the terminal certified, and its first run goes on with the shop", func() error {
		err := t.script(ctx,
			code("terminal", "T-0001", "--name Trial")+" >/root/terminal-code",
			"countersign-terminal-enrol --authority https://localhost:8443 --code-file /root/terminal-code")
		if err != nil {
			return err
		}
		if err := t.ready(ctx); err != nil {
			return err
		}
		picture, err := t.picture(ctx, "5-enrolled")
		if err == nil && colours(picture) < 50 {
			err = fmt.Errorf("%d colours: a screen of text", colours(picture))
		}
		return err
	})
	return nil
}

// script runs commands one after the other, to the first that fails.
func (t *trial) script(ctx context.Context, commands ...string) error {
	_, err := t.machine.Run(ctx, aStart, "set -e\n"+strings.Join(commands, "\n"))
	return err
}
