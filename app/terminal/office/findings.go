package office

import (
	"countersign/app/terminal/journal"
)

// findings gives what the journal finds out about itself, and a manager should see, its phrase.
func findings() map[journal.FindingKind]string {
	return map[journal.FindingKind]string{
		journal.FoundTorn:             "torn",
		journal.FoundCopyCompleted:    "copy",
		journal.FoundCopyRebuilt:      "copy",
		journal.FoundRebuilt:          "rebuilt",
		journal.FoundCheckpointForged: "seal",
		journal.FoundIndexRepaired:    "open-sales",
		journal.FoundBroken:           "broken",
		journal.FoundStopped:          "stopped",
		journal.FoundReserveUsed:      "full",
	}
}

// SayFinding tells what the journal has found: a key whose ".title" says what happened and whose ".text" what the manager
// does about it. A kind that is not known here is told as damage.
func SayFinding(k journal.FindingKind) string {
	if name, known := findings()[k]; known {
		return "office.finding." + name
	}
	return "office.finding.broken"
}

// ToSee are the findings that a manager should see, newest first; of those that are told alike the newest alone.
func ToSee(all []journal.Finding) (list []journal.Finding) {
	told := map[string]bool{}
	for i := len(all) - 1; i >= 0; i-- {
		if f := all[i]; f.Alert && !told[SayFinding(f.Kind)] {
			told[SayFinding(f.Kind)] = true
			list = append(list, f)
		}
	}
	return list
}
