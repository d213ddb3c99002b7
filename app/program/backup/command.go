package backup

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// Restoring is what every server's restore command has in common. Its flags are
// registered, and Run called when they are parsed.
type Restoring struct {
	// Program is whose backup it has to be.
	Program string
	// In is the backup's file.
	In string
	// CheckOnly reads it whole, and changes nothing.
	CheckOnly bool
}

// Register registers the flags.
func (r *Restoring) Register(flags *flag.FlagSet) {
	flags.StringVar(&r.In, "in", "", "the backup's `file`")
	flags.BoolVar(&r.CheckOnly, "check", false, "read the backup whole, and change nothing")
}

// Run checks the backup, or has restore make a store of it, and tells what it is.
func (r *Restoring) Run(ctx context.Context, stdout io.Writer, restore func(from io.ReadSeeker) (Manifest, error)) (err error) {
	if r.CheckOnly {
		m, err := Check(ctx, r.In, r.Program)
		if err != nil {
			return err
		}
		return m.Tell(stdout, "checked", r.In)
	}
	from, err := os.Open(r.In)
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	m, err := restore(from)
	if err != nil {
		return err
	}
	return m.Tell(stdout, "restored", r.In)
}

// Tell prints what a backup is, as one JSON object on a line. result is what became of it:
// saved, checked or restored.
func (m Manifest) Tell(stdout io.Writer, result, file string) error {
	return json.NewEncoder(stdout).Encode(struct {
		Result string          `json:"result"`
		File   string          `json:"file"`
		Made   time.Time       `json:"made"`
		Store  string          `json:"store"`
		Schema int             `json:"schema"`
		Sums   json.RawMessage `json:"sums"`
	}{result, file, m.Made, m.Store, m.Schema, m.Sums})
}
