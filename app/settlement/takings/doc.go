// Package takings keeps running sums of what each merchant took, by quarter of an
// hour, terminal and rail, so that a page about a month needs no walk through its
// sales. They are made of the ledger's entries and of nothing else: entries are
// numbered without gaps and never change, so what was added up once stays right, and
// a look at the new ones makes it whole.
//
// # Guarantees
//
//  1. After Refresh the sums are those of all entries in the ledger's snapshot, back
//     to Kept before now.
//  2. Nothing is written. Several processes on one ledger each have sums of their own,
//     and they agree.
//  3. A sale that was paid and not acknowledged is found (Unacknowledged) until it is
//     acknowledged, reversed, or older than Kept.
//
// # Limits
//
// When the program starts, the entries of Kept are read once: 100,000 take the
// embedded store less than a second. Each quarter of an hour in which a terminal took
// something is some 100 bytes of memory. Entries are looked for by number where their
// times are in order but for an hour; a ledger whose clock was set back further lacks
// what came before.
//
// Cash is not settlement's: it is in the terminals' own reports.
package takings
