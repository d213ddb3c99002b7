// Package ledger keeps settlement's money and everything that decides about it:
// accounts and their balances, the double entries that moved them, every sale
// with the outcomes that were signed for it, the marks of live prints seen
// before, the failed fingers of each wallet and the deposited templates; refunds,
// what the acquirer was asked for cards, and the heads of terminals' journals;
// virtual cards with their loads, chains of deductions, taps and transfers.
//
// The rules are in change.go and its neighbours, once for every store; a store
// reads records and carries writes out, all or none. There are two: [Bolt], a file
// that belongs to one process, and [Postgres], a database that several may share.
//
// # Guarantees
//
//  1. Double entry: money moves only by an [Entry] that debits one account and
//     credits another of the same currency by the same amount. Entries are
//     numbered without gaps and never changed or removed.
//  2. No balance is ever below zero: a transfer that would make it so fails
//     with [ErrInsufficient] and moves nothing.
//  3. A transaction happens whole or not at all, and as if it were alone.
//  4. A transaction is on the disk before it is answered; so is whatever a
//     reader is shown. A process that is killed at any point loses nothing that
//     was answered, and keeps nothing by halves.
//  5. A sale is kept for ever under (terminal, scramble code). Its decisions
//     are only ever added to; after a final one nothing is added but the
//     reversal of an unacknowledged payment. A request is paid in one sale only.
//  6. A live print's mark is taken once.
//  7. Refunds and reversal of a sale together never exceed what was paid; a
//     refund is kept for ever under (terminal, key) and moves money once.
//  8. What the acquirer is asked is kept before it is asked, and stays open
//     until it is known what became of it.
//  9. The heads of a terminal's journal only rise.
//  10. A load of a virtual card is kept for ever under (number, sequence) and moved
//     its money before it was signed; a refused one under its nonce as well. A tap
//     is kept for ever under (terminal, H(PAY)), a deduction under (number,
//     counter): each moves money once or never, and never more than the card
//     holds, which is what was loaded less what has left it. What the operator closed
//     rests on the card's own signed word, which is kept with it, and is kept under that
//     ([ClosedTapKey]): a card's word never takes the place of a terminal's. A card that was
//     blocked is on the list of blocked cards until it is unblocked.
//  11. [Prove] recomputes all of this from the entries and kept outcomes and
//     says what it found, signatures included.
//  12. A template that was erased on its owner's request is deleted, is never
//     kept again, and is gone from the store's own files once Overwrite has done
//     it. That it was erased is kept for ever.
//  13. Of each wallet the last live prints are kept, sealed by the caller, so that later
//     ones are compared with them, until they are forgotten (ForgetProbes). What
//     became of a comparison is kept for ever, with nothing of the finger.
//  14. Of each terminal the last status is kept, since when its devices fail, and for
//     ever which Z reports it made: under one number there is one.
//
// # Limits
//
// The embedded store belongs to one process. When a commit fails it refuses
// everything from then on ([ErrBroken]), because it cannot know what reached the
// disk: the program ends, and finds out when it starts again.
//
// PostgreSQL may be away for a while: transactions fail meanwhile ([ErrUnavailable])
// and nothing is kept of them. When the connection ends in the middle of a commit
// the store finds out what became of it before it answers, and says so if it
// cannot ([ErrUnknown]). That the disk holds what was committed is the database's
// word: fsync and full_page_writes stay on there, and a standby that may take over
// is synchronous. The column of a fact and the record beside it must agree, or the
// row is refused as damaged.
//
// A wallet that is certified can have any number of refused loads kept. In one
// place of a chain 64 forks are kept; more are answered and not kept.
//
// Account and card numbers are kept in the clear; activation codes and prints are not:
// of them there are only digests.
package ledger
