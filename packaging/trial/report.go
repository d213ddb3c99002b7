package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

// patience is how long a step may take, on a machine that is busy with much else.
const patience = 3 * time.Minute

// report is the table of steps: a line each, with tabs between seconds, result,
// name and figures.
type report struct{ file *os.File }

func openReport(name string) (*report, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the report: %w", err)
	}
	return &report{file}, nil
}

func (r *report) close() error { return r.file.Close() }

// step does something within patience and writes its line.
func (r *report) step(ctx context.Context, name string, do func(context.Context) (string, error)) error {
	fmt.Printf("trial: %s\n", name)
	ctx, stop := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done after %v", patience))
	defer stop()
	began := time.Now()
	figures, err := do(ctx)
	result := "ok"
	if err != nil {
		result, err = "FAILED", because(ctx, err)
		if figures == "" {
			figures = strings.Join(strings.Fields(err.Error()), " ") // in a line
		}
	}
	if _, e := fmt.Fprintf(r.file, "%.1f\t%s\t%s\t%s\n", time.Since(began).Seconds(), result, name, figures); err == nil {
		err = e
	}
	return err
}
