package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
)

// listReports is the command "terminal report list": every Z report of a terminal that
// does not run, newest first, a JSON line each. The token is not needed: what is signed is
// checked by whoever has the terminal's certificate.
func listReports(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	err = s.parse("report list", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&s.Data, "data", "", "data `directory`")
	})
	if err != nil {
		return err
	}
	if _, err := os.Stat(s.journalFile()); err != nil {
		return fmt.Errorf("no journal: %w", err)
	}
	j, err := s.openJournal(ctx, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	var list []report.Report
	err = j.All(func(_ uint64, e sale.Entry) error {
		if e.Event != sale.EventZ {
			return ctx.Err()
		}
		z, err := report.Read(e, "")
		list = append(list, z.Report)
		return err
	})
	encoder := json.NewEncoder(out)
	for i := len(list) - 1; i >= 0 && err == nil; i-- {
		err = encoder.Encode(list[i])
	}
	return err
}
