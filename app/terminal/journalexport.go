package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"countersign/app/program"
	"countersign/app/program/wholefile"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// exporting are the flags of "journal export".
type exporting struct {
	settings
	format, out, zone              string
	day, from, to                  string
	cashier, rail, endings, search string
	problems                       bool

	location *time.Location
	query    logbook.Query
}

func (x *exporting) register(flags *flag.FlagSet) {
	flags.StringVar(&x.Data, "data", "", "data `directory`")
	flags.StringVar(&x.format, "format", string(logbook.CSV), "`csv`, csv-bom (with a byte order mark, for spreadsheets) or jsonl (JSON lines)")
	flags.StringVar(&x.out, "out", "", "`file` to write, which appears when it is whole; standard output without it")
	flags.StringVar(&x.zone, "zone", "Local", "time `zone` of days and times, Asia/Shanghai")
	flags.StringVar(&x.day, "day", "", "`day`, 2026-11-22")
	flags.StringVar(&x.from, "from", "", "first `day`, or begin as a time of RFC 3339")
	flags.StringVar(&x.to, "to", "", "last `day`, or end as a time of RFC 3339, not part of it")
	flags.StringVar(&x.cashier, "cashier", "", "`name` of the cashier")
	flags.StringVar(&x.rail, "rail", "", "`way` of paying: scan, tap or cash")
	flags.StringVar(&x.endings, "ending", "", "`endings` with commas between them: paid,refunded")
	flags.StringVar(&x.search, "text", "", "`words` that are searched for, as in the log")
	flags.BoolVar(&x.problems, "problems", false, "only what is unknown, to be taken back, uncleared or uncredited")
}

// exportJournal writes sales and refunds for other programs. It reads the journal's
// copy and changes nothing, so that the terminal may run meanwhile.
func exportJournal(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var x exporting
	if err := x.parse("journal export", args, errOut, x.register); err != nil {
		return err
	}
	if err := x.check(); err != nil {
		return err
	}
	s, err := journal.OpenSnapshot(ctx, x.journalFile())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no journal: %w", err)
	}
	if err != nil {
		return unread{err}
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	book, err := logbook.OpenSnapshot(ctx, s, logbook.Options{Location: x.location})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	err = x.into(out, func(w io.Writer) error {
		return book.Export(ctx, w, x.query, logbook.Format(x.format), x.location)
	})
	if errors.Is(err, journal.ErrBroken) || errors.Is(err, journal.ErrDamaged) {
		return unread{err}
	}
	return err
}

// check reads what was told in words.
func (x *exporting) check() (err error) {
	if x.location, err = time.LoadLocation(x.zone); err != nil {
		return program.Usagef("--zone: %w", err)
	}
	switch logbook.Format(x.format) {
	case logbook.CSV, logbook.CSVWithMark, logbook.JSONLines:
	default:
		return program.Usagef("--format: %w", logbook.ErrFormat)
	}
	switch sale.Rail(x.rail) {
	case "", sale.RailScan, sale.RailTap, sale.RailCash:
	default:
		return program.Usagef("--rail is scan, tap or cash")
	}
	if x.day != "" {
		if x.from != "" || x.to != "" {
			return program.Usagef("give --day, or --from and --to")
		}
		x.from, x.to = x.day, x.day
	}
	x.query = logbook.Query{Cashier: protocol.ID(x.cashier), Rail: sale.Rail(x.rail), Text: x.search, Problems: x.problems}
	if x.query.From, err = x.moment(x.from, 0); err != nil {
		return program.Usagef("--from: %w", err)
	}
	if x.query.To, err = x.moment(x.to, 1); err != nil {
		return program.Usagef("--to: %w", err)
	}
	if !x.query.From.IsZero() && !x.query.To.IsZero() && !x.query.From.Before(x.query.To) {
		return program.Usagef("--from is to be before --to")
	}
	for ending := range strings.SplitSeq(x.endings, ",") {
		if ending = strings.TrimSpace(ending); ending != "" {
			x.query.Endings = append(x.query.Endings, sale.Ending(ending))
		}
	}
	return nil
}

// moment reads a day, or a time. Of a day it is the beginning of the one so many days
// after it.
func (x *exporting) moment(text string, days int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if noon, err := time.ParseInLocation(time.DateOnly+" 15", text+" 12", x.location); err == nil {
		return logbook.DayBegins(noon.AddDate(0, 0, days)), nil
	}
	return time.Parse(time.RFC3339, text)
}

// into has a file written under another name first, or standard output.
func (x *exporting) into(out io.Writer, write func(io.Writer) error) error {
	if x.out == "" {
		return write(out)
	}
	return wholefile.Write(x.out, write) // for its owner alone
}

// unread says that the journal's copy does not hold.
type unread struct{ error }

func (u unread) Unwrap() error { return u.error }

// Hint says what a person can do.
func (u unread) Hint() string {
	return "the journal's copy is damaged: end the terminal, see what terminal journal verify says, and start the terminal, which repairs it; then export again"
}
