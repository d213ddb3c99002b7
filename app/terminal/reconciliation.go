package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/money"
)

// reconciliation is the command "terminal reconcile".
func reconciliation(ctx context.Context, args []string, out, errOut io.Writer) error {
	t := &terminal{}
	var day, from, to string
	err := t.parse("reconcile", args, errOut, t.common, func(flags *flag.FlagSet) {
		flags.StringVar(&t.settlement, "settlement", "", "settlement's `URL`")
		flags.StringVar(&day, "day", "", "`day` of this machine's calendar, 2026-11-22")
		flags.StringVar(&from, "from", "", "begin of the period, `time` as in RFC 3339")
		flags.StringVar(&to, "to", "", "end of the period, not part of it, `time` as in RFC 3339")
	})
	if err != nil {
		return err
	}
	begins, ends, err := period(day, from, to)
	if err != nil {
		return err
	}
	return t.withBooks(ctx, "reconcile", errOut, func() error {
		report, err := t.reconcile(ctx, begins, ends)
		if err != nil {
			return err
		}
		return tell(report, out)
	})
}

// shiftClosing is the command "terminal shift close", for a terminal that does not
// run: somebody who may closes the open shift.
func shiftClosing(ctx context.Context, args []string, out, errOut io.Writer) error {
	t := &terminal{}
	var by staffFlags
	var counted, currency string
	err := t.parse("shift close", args, errOut, t.common, by.registerBy, func(flags *flag.FlagSet) {
		flags.StringVar(&t.settlement, "settlement", "", "settlement's `URL`")
		flags.StringVar(&counted, "counted", "", "`amount` of cash that was counted in the drawer, 123.45; without it the Z report says that nobody has counted")
		flags.StringVar(&currency, "currency", "CNY", "ISO 4217 `code`, as the terminal is run with")
	})
	if err != nil {
		return err
	}
	if by.by == "" {
		return program.Usagef("shift close needs --by")
	}
	if t.currency, err = money.CurrencyByCode(currency); err != nil {
		return program.Usagef("--currency: %w", err)
	}
	cash, err := countedCash(counted, t.currency)
	if err != nil {
		return err
	}
	return t.withBooks(ctx, "shift close", errOut, func() error {
		if err := t.openStaff(ctx); err != nil {
			return err
		}
		books, err := t.openReports(ctx)
		if err != nil {
			return err
		}
		pin, err := readPIN(by.byPINFile, bufio.NewReader(os.Stdin))
		if err != nil {
			return err
		}
		defer clear(pin)
		if _, err := t.desk.SignIn(ctx, protocol.ID(by.by), pin); err != nil {
			return err
		}
		before := t.desk.Shift()
		z, failed := t.closeShift(ctx, books, cash)
		if !before.Open() || t.desk.Shift().Open() {
			return failed
		}
		encoder := json.NewEncoder(out)
		if err := encoder.Encode(map[string]any{"shift": t.desk.Shift()}); err != nil {
			return errors.Join(failed, err)
		}
		if z.Message != nil {
			failed = errors.Join(failed, encoder.Encode(map[string]any{"z": z.Report, "lodged": z.Lodged}))
		}
		if z.Compared == nil {
			return failed
		}
		return errors.Join(failed, tell(*z.Compared, out))
	})
}

// countedCash reads what was counted: an amount, or nothing at all.
func countedCash(text string, currency money.Currency) (protocol.Amount, error) {
	if text == "" {
		return staff.Uncounted, nil
	}
	amount, err := money.Parse(text, currency)
	if err != nil && !errors.Is(err, money.ErrZero) { // an empty drawer can be counted
		return 0, program.Usagef("--counted: %w", err)
	}
	return protocol.Amount(amount.Minor), nil
}

// withBooks runs a command with token, papers, journal and client open.
func (t *terminal) withBooks(ctx context.Context, name string, errOut io.Writer, do func() error) error {
	if t.PINFile == "" || t.settlement == "" {
		return program.Usagef("%s needs --pin-file and --settlement", name)
	}
	log, closeLog, err := t.OpenLog(errOut)
	if err != nil {
		return err
	}
	t.log = log
	if err = t.openBooks(ctx); err == nil {
		err = do()
	}
	return errors.Join(err, t.close(), closeLog())
}

// tell prints a report; one that does not agree is an error.
func tell(r reconcile.Report, out io.Writer) error {
	if err := r.Write(out); err != nil || r.Agrees() {
		return err
	}
	return differs{r}
}

// period reads what is to be compared.
func period(day, from, to string) (begins, ends time.Time, err error) {
	switch {
	case day != "" && from == "" && to == "":
		if begins, err = time.ParseInLocation(time.DateOnly, day, time.Local); err != nil {
			return begins, ends, program.Usagef("--day: %w", err)
		}
		return begins, begins.AddDate(0, 0, 1), nil
	case day == "" && from != "" && to != "":
		if begins, err = time.Parse(time.RFC3339, from); err != nil {
			return begins, ends, program.Usagef("--from: %w", err)
		}
		if ends, err = time.Parse(time.RFC3339, to); err != nil {
			return begins, ends, program.Usagef("--to: %w", err)
		}
		if !begins.Before(ends) || ends.Sub(begins) > protocol.MaxTotalsPeriod {
			return begins, ends, program.Usagef("--from is to be before --to, by 32 days at most")
		}
		return begins, ends, nil
	}
	return begins, ends, program.Usagef("give --day, or --from and --to")
}
