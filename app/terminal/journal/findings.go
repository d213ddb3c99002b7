package journal

import (
	"fmt"
	"time"
)

// FindingKind says what was found.
type FindingKind string

// What can be found.
const (
	// FoundTorn: the end of the copy was cut short and dropped.
	FoundTorn FindingKind = "torn record dropped"
	// FoundReplayed: the copy held records that the journal did not.
	FoundReplayed FindingKind = "records put back from the copy"
	// FoundCopyMade: a journal of the earlier format was given its copy.
	FoundCopyMade FindingKind = "copy made"
	// FoundCopyCompleted: the end of the copy was missing and was written again.
	FoundCopyCompleted FindingKind = "copy completed"
	// FoundCopyRebuilt: the copy was broken or missing and was made anew.
	FoundCopyRebuilt FindingKind = "copy rebuilt"
	// FoundRebuilt: the journal was broken or missing and was made from the copy.
	FoundRebuilt FindingKind = "journal rebuilt"
	// FoundCheckpointForged: the last checkpoint is not genuine.
	FoundCheckpointForged FindingKind = "checkpoint not genuine"
	// FoundIndexRepaired: the list of open sales did not fit the records.
	FoundIndexRepaired FindingKind = "list of open sales repaired"
	// FoundBroken: an old record is damaged or was changed; the next opening
	// repairs it from the other copy.
	FoundBroken FindingKind = "old record broken"
	// FoundStopped: an entry could not be written, ErrStopped from now on.
	FoundStopped FindingKind = "journal stopped"
	// FoundMigrated: the journal was brought forward from an older format.
	FoundMigrated FindingKind = "journal brought forward"
	// FoundReserveUsed: the disk is full, the reserve was needed.
	FoundReserveUsed FindingKind = "reserve used"
)

// Finding is what the journal found out about itself.
type Finding struct {
	At   time.Time
	Kind FindingKind
	// Alert says that a manager should see it. The others are for the log.
	Alert bool
	// Record and Sale are what it is about, 0 where it is about no single one.
	Record, Sale uint64
	// Text is a sentence for a manager.
	Text string
}

// find keeps a finding and tells it.
func (j *Journal) find(f Finding) {
	f.At = j.options.Now()
	j.finding.Lock()
	j.findings = append(j.findings, f)
	j.finding.Unlock()
	if j.options.Found != nil {
		j.options.Found(f)
	}
}

// Findings returns what was found since the journal was opened, oldest first.
func (j *Journal) Findings() []Finding {
	j.finding.Lock()
	defer j.finding.Unlock()
	return append([]Finding(nil), j.findings...)
}

// ofSale names a sale in a sentence.
func ofSale(sale uint64, event string) string {
	if sale == 0 {
		return ""
	}
	return fmt.Sprintf(" It is about sale %d (%s).", sale, event)
}
