package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// openJournal opens the journal, and logs what it finds out about itself: what a
// manager should see as an error. verify is nil where there is no key to check a
// checkpoint with; the whole journal is verified, then.
func (s *settings) openJournal(ctx context.Context, log *slog.Logger, verify func([]byte) (uint64, journal.Hash, error)) (*journal.Journal, error) {
	return journal.Open(ctx, s.journalFile(), journal.Options{Verify: verify, Begins: begins, Found: func(f journal.Finding) {
		level := slog.LevelInfo
		if f.Alert {
			level = slog.LevelError
		}
		log.LogAttrs(context.WithoutCancel(ctx), level, "journal finding", slog.String("kind", string(f.Kind)),
			slog.Uint64("record", f.Record), slog.Uint64("number", f.Sale), slog.String("text", f.Text))
	}})
}

// begins says what is refused first when the disk is full.
func begins(e sale.Entry) bool { return e.Event == sale.EventKeyed || e.Event == sale.EventRefundAsked }

// anchorsOf accepts the journal's checkpoints that this terminal's key has signed.
func anchorsOf(signer crypto.Signer) (func([]byte) (uint64, journal.Hash, error), error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("signing key is %T", signer.Public())
	}
	key, err := protocol.NewKey(public)
	if err != nil {
		return nil, err
	}
	return anchor.Verifier(key), nil
}

// verifyJournal checks all of the journal and its copy, and says where they end.
// Opening them repairs what can be repaired; that is told too.
func verifyJournal(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	err = s.parse("journal verify", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&s.Data, "data", "", "data `directory`")
	})
	if err != nil {
		return err
	}
	if _, err := os.Stat(s.Data); err != nil {
		return fmt.Errorf("no journal: %w", err)
	}
	_, none := os.Stat(s.journalFile())
	if _, err := os.Stat(s.journalCopy()); none != nil && err != nil {
		return fmt.Errorf("no journal: %w", none)
	}
	j, err := s.openJournal(ctx, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	records, head, err := j.Verify(ctx)
	if err != nil {
		return err
	}
	type finding struct {
		Kind   journal.FindingKind `json:"kind"`
		Alert  bool                `json:"alert,omitempty"`
		Record uint64              `json:"record,omitempty"`
		Sale   uint64              `json:"sale,omitempty"`
		Text   string              `json:"text"`
	}
	// checkpoint is as it stands there: its signature is checked by the terminal,
	// which has the key in its token, and by settlement.
	type checkpoint struct {
		Record   uint64    `json:"record"`
		Head     string    `json:"head"`
		At       time.Time `json:"at"`
		Holds    bool      `json:"holds"`
		Received bool      `json:"received"`
	}
	report := struct {
		Records    uint64      `json:"records"`
		Head       string      `json:"head"`
		Copy       string      `json:"copy"`
		Checkpoint *checkpoint `json:"checkpoint,omitempty"`
		Findings   []finding   `json:"findings,omitempty"`
	}{Records: records, Head: fmt.Sprintf("%x", head), Copy: "the same"}
	if c, ok := j.LastCheckpoint(); ok {
		at := &checkpoint{Record: c.Sequence, Head: fmt.Sprintf("%x", c.Head), Received: len(c.Receipt) > 0}
		if signed, err := protocol.Parse[protocol.JournalAnchor](c.Signed); err == nil {
			a := signed.Unverified()
			held, err := j.HashOf(c.Sequence)
			at.At, at.Holds = a.At.Time(), err == nil && a.Sequence == c.Sequence && journal.Hash(a.Head) == held && c.Head == held
		}
		report.Checkpoint = at
	}
	for _, f := range j.Findings() {
		report.Findings = append(report.Findings, finding{f.Kind, f.Alert, f.Record, f.Sale, f.Text})
	}
	return json.NewEncoder(out).Encode(report)
}
