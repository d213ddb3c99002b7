package program

import (
	"fmt"
	"io"
	"log/slog"
	"os"
)

// OpenLog returns the structured log, JSON lines added to a file that only its
// owner reads, or to errOut where no file is named; and how to close it, which
// is after everything that logs.
func OpenLog(file string, errOut io.Writer) (log *slog.Logger, closeLog func() error, err error) {
	if file == "" {
		return slog.New(slog.NewJSONHandler(errOut, nil)), func() error { return nil }, nil
	}
	opened, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(opened, nil)), opened.Close, nil
}

// OpenLog returns the log that the flags name; see the function of that name.
func (s *Settings) OpenLog(errOut io.Writer) (*slog.Logger, func() error, error) {
	return OpenLog(s.Log, errOut)
}
