package scene

import (
	"fmt"
	"slices"

	"countersign/app/demo/chronicle"
	"countersign/protocol/steps"
)

// How sales end, for whoever watches and for scripts.
const (
	Approved = "approved"
	Refused  = "refused"
	Unknown  = "unknown"
)

// Ending is how a sale ended.
type Ending struct {
	// How is Approved, Refused or Unknown.
	How string
	// Reason is why, in the programs' names for reasons; settlement's number for
	// an approved sale.
	Reason string
	// By is the party that refused.
	By string
}

// String is the last line of the demonstration.
func (e Ending) String() string {
	if e.How == Refused {
		return fmt.Sprintf("sale refused: %s (by %s)", e.Reason, e.By)
	}
	return fmt.Sprintf("sale %s: %s", e.How, e.Reason)
}

// Failure is an ending that must not be.
type Failure struct {
	Scene string
	Why   string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("scene %s did not end as it must: %s", f.Scene, f.Why)
}

// endedError says that a sale ended while something else was waited for.
type endedError struct {
	during string
	ending Ending
}

func (e *endedError) Error() string { return e.during + ": " + e.ending.String() }

// answered is settlement's final answer at the terminal (step 15).
var answered = chronicle.Step(terminal, int(steps.Answered))

// The other ways in which a sale, or the phone's part in it, ends.
var (
	endedHere = chronicle.Said(terminal, "sale ended here")
	stopped   = chronicle.Said(phone, "stopped")
	ended     = chronicle.Any(answered, endedHere, stopped)
)

// settlementRefuses are the reasons by which the terminal's outcome is
// settlement's word.
var settlementRefuses = []string{"finger", "wallet", "terminal", "late", "conflict", "funds", "reversed"}

// ending reads an ending from the event that tells it.
func (s *Stage) ending(e chronicle.Event) Ending {
	reason := e.Entry.Text("reason")
	if reason == "" {
		reason = e.Entry.Text("ending")
	}
	switch {
	case stopped(e):
		return Ending{Refused, reason, phone}
	case endedHere(e):
		return Ending{Refused, reason, terminal}
	case e.Entry.Text("ending") == "paid":
		return Ending{How: Approved, Reason: e.Entry.Text("settlement")}
	case e.Entry.Text("ending") == "reversed":
		return Ending{How: Unknown, Reason: "no answer came in time, the payment was taken back"}
	case slices.Contains(settlementRefuses, reason):
		return Ending{Refused, reason, settlement}
	}
	return Ending{Refused, reason, terminal}
}
