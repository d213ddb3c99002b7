package journal

import (
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// Stages of writing an entry, at which Options.FailPoint is called.
const (
	stageBefore = "before" // decided, nothing written
	stageCopied = "copied" // in the copy and synced, not in the journal
	stageAfter  = "after"  // in both and synced, nobody told
)

// checkpointEvent stands for a checkpoint among the fail points.
const checkpointEvent sale.Event = "checkpoint"

// FailPoints lists the names that Options.FailPoint is called with:
// "journal.<event>.before", ".copied" and ".after" for each event of an entry,
// and for "checkpoint".
func FailPoints() []string {
	var names []string
	for _, event := range events() {
		for _, stage := range []string{stageBefore, stageCopied, stageAfter} {
			names = append(names, failPointName(event, stage))
		}
	}
	return names
}

// events lists what an entry can record, and the checkpoint.
func events() []sale.Event {
	list := sale.Events()
	for _, kind := range []staff.Kind{
		staff.Added, staff.Removed, staff.PINChanged, staff.Unlocked, staff.SignedIn, staff.SignedOut, staff.Refused,
		staff.StillLocked, staff.RefundApproved, staff.ShiftOpened, staff.ShiftClosed,
	} {
		list = append(list, sale.Event(kind))
	}
	return append(list, checkpointEvent)
}

func failPointName(event sale.Event, stage string) string {
	return "journal." + string(event) + "." + stage
}

func (j *Journal) failPoint(event sale.Event, stage string) {
	if j.options.FailPoint != nil {
		j.options.FailPoint(failPointName(event, stage))
	}
}
