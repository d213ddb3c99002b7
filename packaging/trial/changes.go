package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/scene"
)

// within is how soon a terminal that was killed must be back on its open sale, and times
// how often that is tried.
const (
	within = 5 * time.Second
	times  = 3
)

// errSlow: everything is there, but too late. The other steps go on.
var errSlow = errors.New("too slow")

// killed leaves a sale open whose outcome nobody knows, kills the terminal, and measures
// how long it takes until its screen is back: the supervisor's RestartSec, the
// compositor, the token, the journal.
func (t *town) killed(ctx context.Context) (figures string, err error) {
	if err := scene.Unanswered(ctx, &t.stage); err != nil {
		return "", err
	}
	if err := t.picture(ctx, "unknown"); err != nil {
		return "", err
	}
	var took [times]time.Duration
	for i := range took {
		pid, err := processOf("/usr/lib/countersign/terminal", "run")
		if err != nil {
			return "", err
		}
		from, killed := t.chronicle.Len(), time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return "", err
		}
		back, err := t.openSale(ctx, from)
		if err != nil {
			return "", err
		}
		took[i] = back.Sub(killed)
	}
	figures = fmt.Sprintf("back on the open sale after %.1f, %.1f and %.1f s", took[0].Seconds(), took[1].Seconds(), took[2].Seconds())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		figures += ", the machine's load being " + strings.Fields(string(load))[0]
	}
	if slowest := slices.Max(took[:]); slowest > within {
		return figures, fmt.Errorf("%w: within %v is wanted", errSlow, within)
	}
	return figures, nil
}

// openSale waits until a terminal that was started after a place in the chronicle shows
// that a sale is open, before anybody has signed in, and finds its window. It returns when
// it did show it.
func (t *town) openSale(ctx context.Context, from int) (time.Time, error) {
	e, _, err := t.chronicle.Wait(ctx, from, func(e chronicle.Event) bool {
		return chronicle.WithControl(terminal, "alert", "sign-in")(e) && !e.Screen.Has("alert.seen") // which says that it has ended
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("the open sale is not shown, but %+v: %w", t.chronicle.Now(terminal), err)
	}
	return e.At, t.findTill(ctx, from)
}

// processOf is the process of a program with a command.
func processOf(program, command string) (int, error) {
	names, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		target, err := os.Readlink(name)
		if err != nil || strings.TrimSuffix(target, " (deleted)") != program {
			continue
		}
		words, err := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		if err == nil && slices.Contains(strings.Split(string(words), "\x00"), command) {
			return strconv.Atoi(filepath.Base(filepath.Dir(name)))
		}
	}
	return 0, fmt.Errorf("no process of %s %s", program, command)
}

func (t *town) upgraded(ctx context.Context) (string, error)   { return t.change(ctx, t.newer) }
func (t *town) rolledBack(ctx context.Context) (string, error) { return t.change(ctx, t.older) }

// change has dpkg put another version of the terminal's package over the running one,
// and restarts the unit, which the package does where there is systemd. Token, journal
// and the open sale must be those from before.
func (t *town) change(ctx context.Context, file string) (figures string, err error) {
	before, err := installed(ctx)
	if err != nil {
		return "", err
	}
	settings, err := os.ReadFile(configured)
	if err != nil {
		return "", err
	}
	if _, err := output(ctx, "dpkg", "--install", file); err != nil {
		return "", err
	}
	t.terminal.close()
	token, records, err := t.kept(ctx)
	if err != nil {
		return "", err
	}
	from, began := t.chronicle.Len(), time.Now()
	if err := t.terminal.start(ctx); err != nil {
		return "", err
	}
	back, err := t.openSale(ctx, from)
	if err != nil {
		return "", err
	}
	now, err := installed(ctx)
	if err != nil {
		return "", err
	}
	after, err := os.ReadFile(configured)
	if err != nil {
		return "", err
	}
	switch {
	case now == before:
		return "", fmt.Errorf("version %s stayed", now)
	case string(after) != string(settings):
		return "", errors.New("the configuration was changed")
	}
	t.terminal.close()
	tokenNow, recordsNow, err := t.kept(ctx)
	if err != nil {
		return "", err
	}
	if !slices.Equal(token, tokenNow) {
		return "", errors.New("the token is another one")
	}
	if recordsNow < records {
		return "", fmt.Errorf("the journal had %d records and has %d", records, recordsNow)
	}
	from = t.chronicle.Len()
	if err := t.terminal.start(ctx); err != nil {
		return "", err
	}
	if _, err := t.openSale(ctx, from); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s to %s, open sale after %.1f s, journal of %d records holds", before, now, back.Sub(began).Seconds(), recordsNow), nil
}

// installed is the terminal's version that dpkg has installed.
func installed(ctx context.Context) (string, error) {
	said, err := output(ctx, "dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", "countersign-terminal")
	version, ok := strings.CutPrefix(said, "installed ")
	if err == nil && !ok {
		err = fmt.Errorf("the terminal is %s", said)
	}
	return version, err
}

// privateKey is how SoftHSM writes that an object is one: CKA_CLASS, a number, is
// CKO_PRIVATE_KEY. What else is in the token (the journal's anchor) changes as it should.
var privateKey = append(make([]byte, 8), 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3)

// kept is what a terminal that does not run keeps: the private keys of its token, each
// with the digest of its file, and how many records its journal has, which must hold.
func (t *town) kept(ctx context.Context) (token []string, records int, err error) {
	root := filepath.Join(t.terminal.unit.data(), "tokens")
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".object" {
			return err
		}
		raw, err := os.ReadFile(name)
		if err == nil && bytes.Contains(raw, privateKey) {
			token = append(token, fmt.Sprintf("%s %x", name, sha256.Sum256(raw[8:]))) // after the count of its writings
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if len(token) == 0 {
		return nil, 0, fmt.Errorf("%s has no keys", root)
	}
	said, err := t.terminal.do(ctx, "journal verify", t.terminal.at())
	if err != nil {
		return nil, 0, err
	}
	var verified struct {
		Records int `json:"records"`
	}
	if err := json.Unmarshal([]byte(said), &verified); err != nil || verified.Records == 0 {
		return nil, 0, fmt.Errorf("what journal verify says: %q: %w", said, err)
	}
	return token, verified.Records, nil
}

// settled mends the line: the open sale is ended, and the next one is paid.
func (t *town) settled(ctx context.Context) (figures string, err error) {
	from := t.chronicle.Len()
	t.stage.Link.Slow(0)
	t.stage.Link.Mend()
	if _, _, err := t.chronicle.Wait(ctx, from, chronicle.WithControl(terminal, "alert.seen")); err != nil {
		return "", fmt.Errorf("the terminal does not tell how the open sale ended: %w", err)
	}
	if err := t.signIn(ctx); err != nil {
		return "", err
	}
	if err := t.picture(ctx, "open-sale-ended"); err != nil {
		return "", err
	}
	told, err := t.shown(ctx, "alert.seen", "amount")
	if err != nil {
		return "", err
	}
	if err := t.stage.Terminal.Touch(ctx, told, "alert.seen"); err != nil {
		return "", err
	}
	return t.play(ctx, scene.Sale())
}

// examined stops the terminal and looks at what it leaves: its journal, settlement's
// ledger, and what the doctor says of an installed one.
func (t *town) examined(ctx context.Context) (figures string, err error) {
	t.terminal.close()
	_, records, err := t.kept(ctx)
	if err != nil {
		return "", err
	}
	sales, err := t.terminal.do(ctx, "journal export", t.terminal.at(), []string{"--format", "jsonl"})
	if err != nil {
		return "", err
	}
	if _, err := t.settlement.do(ctx, "proof", t.settlement.at()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d records, %d lines of sales", records, len(strings.Split(strings.TrimSpace(sales), "\n"))), nil
}
