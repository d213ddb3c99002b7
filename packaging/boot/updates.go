package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// anUpdate is how long countersign-update may take here: it installs, starts the terminal
// and looks at it, twice where it goes back.
const anUpdate = 30 * time.Minute

// updates has the machine take signed update files (updates.sh): one forward, one that is
// not the maker's, one whose terminal does not come up, back, and one during which the
// power goes. The terminal is the installed one, as are its unit and its examination.
func (t *trial) updates(ctx context.Context) error {
	present, err := t.machine.Run(ctx, aMoment, installedVersion)
	if err != nil {
		return err
	}
	before, err := t.kept(ctx)
	if err != nil {
		return err
	}
	next := present + "+next"
	t.check("an update needs the installed version's file, for the way back, and one that the maker has signed", func() error {
		return errors.Join(
			t.refuses(ctx, "apply --file /root/updates/next.update", "there would be no way back"),
			t.update(ctx, "keep --file /root/updates/present.update"),
			t.refuses(ctx, "apply --file /root/updates/forged.update", "hint: get the file again"),
			t.says(ctx, installedVersion, present))
	})
	t.check("an update is installed, and the terminal comes up with it and is well", func() error {
		return errors.Join(t.update(ctx, "apply --file /root/updates/next.update"), t.isWell(ctx, next, before))
	})
	t.check("a version whose terminal does not come up is taken back by itself", func() error {
		// Every start of it fails at once: what it is given is time enough for a dozen.
		return errors.Join(t.refuses(ctx, "apply --wait 90s --file /root/updates/worse.update", "the one before is installed"), t.isWell(ctx, next, before))
	})
	t.check("the machine goes back to the version before when it is told to", func() error {
		return errors.Join(t.update(ctx, "back --version "+present), t.isWell(ctx, present, before))
	})
	t.check("an update during which the power goes is ended by the next start", func() error {
		return t.powerCut(ctx, next, before)
	})
	return nil
}

const installedVersion = "dpkg-query -W -f '${db:Status-Status} ${Version}' countersign-terminal | sed -n 's/^installed //p'"

// update runs the updater, which must succeed.
func (t *trial) update(ctx context.Context, arguments string) error {
	out, err := t.machine.Run(ctx, anUpdate, "countersign-update "+arguments)
	t.note("%s", strings.ReplaceAll(strings.TrimSpace(out), "\n", "\n# "))
	return err
}

// refuses runs the updater, which must not succeed and say why.
func (t *trial) refuses(ctx context.Context, arguments, why string) error {
	out, code, err := t.machine.Try(ctx, anUpdate, "countersign-update "+arguments)
	if err == nil && (code != 1 || !strings.Contains(out, why)) {
		err = fmt.Errorf("%s: status %d: %s", arguments, code, out)
	}
	return err
}

// kept tells what an update must not change: what is in the token, settings and PINs. In the
// token's own file are flags that change with each start.
func (t *trial) kept(ctx context.Context) (string, error) {
	return t.machine.Run(ctx, aMoment, `cd /var/lib/countersign/terminal && find tokens /etc/countersign /etc/credstore.encrypted -type f \
		! -name token.object ! -name '*.lock' ! -name generation -exec sha256sum {} + | sort -k 2`)
}

// isWell expects a version to run, with all that was there before.
func (t *trial) isWell(ctx context.Context, version, before string) error {
	if err := t.says(ctx, installedVersion, version); err != nil {
		return err
	}
	if err := t.ready(ctx); err != nil {
		return err
	}
	now, err := t.kept(ctx)
	if err == nil && now != before {
		err = fmt.Errorf("token or settings were changed:\n%s\nand not\n%s", now, before)
	}
	return errors.Join(err, t.says(ctx, `countersign-update status | grep -o '"phase": *"[a-z ]*"' | grep -o '[a-z ]*"$'`, `idle"`))
}

// powerCut resets the machine while an update is being installed.
func (t *trial) powerCut(ctx context.Context, version, before string) error {
	// Its own log tells when it begins to install; nothing is polled.
	_, err := t.machine.Run(ctx, aStart, `from=$(journalctl -q -n 1 --show-cursor | sed -n 's/^-- cursor: //p')
		exec 4< <(exec journalctl -q -f -n all --after-cursor="$from" -o cat -u trial-update.service 2>/dev/null)
		follower=$!
		systemd-run --quiet --unit=trial-update countersign-update apply --file /root/updates/next.update
		sed -u -n -e '/"phase":"installing"/q' <&4
		kill $follower`)
	if err != nil {
		return err
	}
	up, enough := context.WithTimeout(ctx, aStart)
	defer enough()
	if err := t.machine.Reset(up); err != nil {
		return err
	}
	if err := t.machine.Greeting(up); err != nil {
		return err
	}
	// Joins the job that the boot has begun, or finds it done.
	out, err := t.machine.Run(ctx, anUpdate, "systemctl start countersign-update.service; journalctl -b -q -o cat -u countersign-update.service")
	t.note("%s", strings.ReplaceAll(strings.TrimSpace(out), "\n", "\n# "))
	return errors.Join(err, t.isWell(ctx, version, before))
}
