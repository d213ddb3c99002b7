package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/adapter"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/protocol"
)

// team is the desk with its two files.
type team struct {
	*staff.Desk
	store   *store.Store
	journal *journal.Journal
}

// openTeam opens staff and journal for a command. While the terminal runs, both
// are its own.
func (s *settings) openTeam(ctx context.Context, log *slog.Logger) (_ *team, err error) {
	if err := s.MakeData(); err != nil {
		return nil, err
	}
	t := &team{}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.store, err = store.Open(s.staffFile()); err != nil {
		return nil, err
	}
	if t.journal, err = s.openJournal(ctx, log, nil); err != nil {
		return nil, err
	}
	t.Desk, err = staff.Open(ctx, staff.Options{Store: t.store, Recorder: adapter.Book{Journal: t.journal}, Now: time.Now, Log: log})
	return t, err
}

func (t *team) close() error {
	var errs []error
	if t.journal != nil {
		errs = append(errs, t.journal.Close())
	}
	if t.store != nil {
		errs = append(errs, t.store.Close())
	}
	return errors.Join(errs...)
}

func (s *settings) staffFile() string { return filepath.Join(s.Data, "staff.db") }

// staffFlags are those of the staff commands.
type staffFlags struct {
	name, role, pinFile, by, byPINFile string
}

func (f *staffFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "member's number or name, 1 to 16 `bytes`")
	flags.StringVar(&f.role, "role", "", "cashier, manager or installer")
	flags.StringVar(&f.pinFile, "pin-file", "", "`file` with the member's new PIN (default: a line of standard input, after the other PIN)")
	f.registerBy(flags)
}

// registerBy registers who does it.
func (f *staffFlags) registerBy(flags *flag.FlagSet) {
	flags.StringVar(&f.by, "by", "", "`name` of the member who does it; not for the first manager")
	flags.StringVar(&f.byPINFile, "by-pin-file", "", "`file` with that member's PIN (default: a line of standard input)")
}

// staffing is the command "terminal staff …".
func staffing(what string) program.Command {
	return func(ctx context.Context, args []string, out, errOut io.Writer) error {
		return changeStaff(ctx, what, args, os.Stdin, out, errOut)
	}
}

// changeStaff carries out "terminal staff …". The PINs come from files or from
// standard input, where nobody who lists processes sees them.
func changeStaff(ctx context.Context, what string, args []string, in io.Reader, out, errOut io.Writer) (err error) {
	var s settings
	var f staffFlags
	err = s.parse("staff "+what, args, errOut, f.register, func(flags *flag.FlagSet) {
		flags.StringVar(&s.Data, "data", "", "data `directory`, made if missing")
	})
	switch {
	case err != nil:
		return err
	case what != "list" && f.name == "":
		return program.Usagef("staff %s needs --name", what)
	case what == "add" && f.role == "":
		return program.Usagef("staff add needs --role")
	}
	t, err := s.openTeam(ctx, slog.New(slog.NewJSONHandler(errOut, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if what == "list" {
		for _, m := range t.Members() {
			if err := json.NewEncoder(out).Encode(m); err != nil {
				return err
			}
		}
		return nil
	}
	lines := bufio.NewReader(in)
	by, err := f.manager(ctx, t.Desk, lines)
	if err != nil {
		return err
	}
	id := protocol.ID(f.name)
	switch what {
	case "unlock":
		err = t.Unlock(ctx, by, id)
	case "remove":
		err = t.Remove(ctx, by, id)
	case "add", "pin":
		var pin []byte
		if pin, err = readPIN(f.pinFile, lines); err != nil {
			return err
		}
		defer clear(pin)
		if what == "pin" {
			err = t.SetPIN(ctx, by, id, pin)
		} else {
			err = t.Add(ctx, by, id, staff.Role(f.role), pin)
		}
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"staff": what, "name": f.name})
}

// manager logs the manager in who does it.
func (f *staffFlags) manager(ctx context.Context, desk *staff.Desk, lines *bufio.Reader) (*staff.Session, error) {
	if f.by == "" {
		return nil, nil
	}
	pin, err := readPIN(f.byPINFile, lines)
	if err != nil {
		return nil, err
	}
	defer clear(pin)
	return desk.Login(ctx, protocol.ID(f.by), pin)
}

// readPIN reads a PIN from a file, or a line of standard input.
func readPIN(file string, lines *bufio.Reader) ([]byte, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read PIN: %w", err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		return []byte(strings.TrimSuffix(first, "\r")), nil
	}
	line, err := lines.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return nil, fmt.Errorf("read PIN from standard input: %w", err)
	}
	return []byte(strings.TrimRight(line, "\r\n")), nil
}

// staffHint says what a person can do about an error of the staff's desk.
func staffHint(err error) string {
	switch {
	case errors.Is(err, journal.ErrInUse):
		return store.ErrInUse.Hint()
	case errors.Is(err, staff.ErrFirst):
		return "Add a manager first: terminal staff add --role manager --name …"
	case errors.Is(err, staff.ErrNobody):
		return "Say which manager does it: --by NAME, with the PIN in --by-pin-file or on standard input."
	case errors.Is(err, staff.ErrLastManager):
		return "Add another manager first."
	}
	return ""
}
