package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// verified is what "journal verify" tells, as JSON.
type verified struct {
	// Records is how many hold, from the first on; Head is the hash of the last of them.
	Records uint64 `json:"records"`
	Head    string `json:"head"`
	// Copy is "the same", or how it differs.
	Copy       string              `json:"copy"`
	Checkpoint *verifiedCheckpoint `json:"checkpoint,omitempty"`
	Findings   []verifiedFinding   `json:"findings,omitempty"`
	Broken     *verifiedBroken     `json:"broken,omitempty"`
}

// verifiedCheckpoint is as it stands there: its signature is checked by the terminal,
// which has the key in its token, and by settlement.
type verifiedCheckpoint struct {
	Record   uint64    `json:"record"`
	Head     string    `json:"head"`
	At       time.Time `json:"at"`
	Holds    bool      `json:"holds"`
	Received bool      `json:"received"`
}

type verifiedFinding struct {
	Kind   journal.FindingKind `json:"kind"`
	Alert  bool                `json:"alert,omitempty"`
	Record uint64              `json:"record,omitempty"`
	Sale   uint64              `json:"sale,omitempty"`
	Text   string              `json:"text"`
}

// verifiedBroken is the first record that does not fit.
type verifiedBroken struct {
	Record uint64     `json:"record,omitempty"`
	Sale   uint64     `json:"sale,omitempty"`
	Event  sale.Event `json:"event,omitempty"`
	At     time.Time  `json:"at,omitzero"`
	Text   string     `json:"text"`
}

// verifyJournal checks all of the journal and its copy, says where they end and which
// record is the first that does not fit, and changes nothing. It fails where one does
// not.
func verifyJournal(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	err := s.parse("journal verify", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&s.Data, "data", "", "data `directory`")
	})
	if err != nil {
		return err
	}
	i, err := journal.Inspect(ctx, s.journalFile())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no journal: %w", err)
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(verdict(i)); err != nil {
		return err
	}
	if i.Broken != nil {
		return broken{i.Broken}
	}
	return nil
}

// verdict is an inspection as it is told.
func verdict(i journal.Inspection) verified {
	v := verified{Records: i.Records, Head: fmt.Sprintf("%x", i.Head), Copy: "the same"}
	if c := i.Checkpoint; c.Sequence != 0 {
		at := &verifiedCheckpoint{Record: c.Sequence, Head: fmt.Sprintf("%x", c.Head), Received: len(c.Receipt) > 0}
		if signed, err := protocol.Parse[protocol.JournalAnchor](c.Signed); err == nil {
			a := signed.Unverified()
			at.At, at.Holds = a.At.Time(), i.Holds && a.Sequence == c.Sequence && journal.Hash(a.Head) == c.Head
		}
		v.Checkpoint = at
	}
	for _, f := range i.Findings {
		v.Copy = "differs at its end"
		v.Findings = append(v.Findings, verifiedFinding{f.Kind, f.Alert, f.Record, f.Sale, f.Text})
	}
	if b := i.Broken; b != nil {
		v.Copy = "not compared beyond what is broken"
		v.Broken = &verifiedBroken{b.Record, b.Sale, b.Event, b.At, b.What}
	}
	return v
}

// broken is what ends the command with status 1.
type broken struct{ *journal.Broken }

func (b broken) Error() string {
	text := "the journal does not hold: " + b.What
	if b.Sale != 0 {
		text += fmt.Sprintf(" It is about sale %d (%s).", b.Sale, b.Event)
	}
	if !b.At.IsZero() {
		text += " It was written at " + b.At.Format(time.RFC3339) + "."
	}
	return text
}

func (b broken) Unwrap() error { return b.Err }

// Hint says what a person can do.
func (b broken) Hint() string {
	return "nothing was changed: keep a copy of all journal files as they are now, then start the terminal, which repairs what the other file still has, and call the installer"
}
