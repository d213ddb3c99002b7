// Package journal keeps what happened at a terminal: append-only, chained by
// hashes, twice, and on the disk for good before Append returns.
//
// # Guarantees
//
//  1. An entry that Append has returned survives a crash and a power cut, in two
//     files: first the copy is written and synced, then the journal, which is one
//     bbolt transaction. After a crash the copy may hold what was being written and
//     the journal not, never the other way round: one entry, or as many as were
//     being appended at once. A whole record is put back, a torn one dropped;
//     nobody had been told of either.
//  2. Entries are never changed or removed. Each record holds the SHA-256 of the
//     one before it, in both files; Verify names the first record that does not fit.
//  3. Sale numbers are given once, without gaps over restarts, and never go back,
//     whichever file is lost.
//  4. Open sales are found without reading the whole journal.
//  5. Opening reads what follows the last signed checkpoint, however much is before
//     it; older records are verified in the background. Without a genuine
//     checkpoint everything is verified first.
//  6. A broken or missing journal is made again from its copy, a broken or missing
//     copy from its journal; what was broken is kept under another name. When both
//     are broken, Open refuses (ErrLost) and changes nothing; it never begins a new
//     journal where one was.
//  7. A full disk stops what begins (ErrFull) while there is room to finish what is
//     open: a reserve is held in a file of its own. No room at all leaves a journal
//     that opens and holds.
//  8. What is found is told: Findings, each with a sentence for a manager.
//  9. An index may follow (Watch, Since, UseIndex): nothing that is appended waits for
//     it or fails because of it, and Sold answers without it too.
//  10. Inspect and OpenSnapshot change no file. Inspect names the first record that
//     does not fit, while no terminal runs; a snapshot is read while one does.
//  11. Both files say their format and the oldest that can read them. An older journal
//     is verified, backed up, brought forward and verified again, and may be killed
//     meanwhile; one that only newer programs can read is refused (ErrNewer) and not
//     touched. A newer program's journal opens as long as nothing was written in it
//     that this one would misunderstand; what it does not know it keeps.
//
// # Files
//
// Beside journal.db (bbolt: records, open sales, head, checkpoint) stand journal.log
// (the copy: checksummed frames, see frame.go), journal.reserve, journal.lock (which
// is locked while a journal is open), and, after trouble, journal.suspect (the next
// opening verifies everything) and journal.broken-<time> or
// journal.log.broken-<time>, and journal.format-<format>-at-<record>.db and .log, the
// backup before a new format: these this package never touches again. A journal of
// the first format, journal.db alone, is given its copy when it is opened.
//
// # Limits
//
// Whoever can write the files can cut both back to an earlier checkpoint; the heads
// lodged with settlement show that. When the journal is broken and the copy's end
// was torn in the same crash, the copy decides. An old record that is damaged while
// its terminal runs is repaired at the next start. One process at a time opens a
// journal.
//
// Reading on: journal.go and append.go for a working day; opening.go, reconcile.go
// and restore.go for the morning after; format.go and migrate.go for a new version.
package journal
