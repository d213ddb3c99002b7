// Package staff knows who works at a terminal: members with a role and a PIN,
// who is on duty, the shift, and a manager's approval of a refund. It knows no
// screen and no database: Desk keeps its state in a Store (package store below
// it) and tells its events to a Recorder, which is the journal.
//
// # Guarantees
//
//  1. A PIN is kept as an argon2id hash with its own salt and parameters, and as
//     nothing else; it reaches no event, error or log. When the parameters rise,
//     the next login hashes it anew.
//  2. A try is on the disk before the PIN is compared, so that pulling the plug
//     gives no try for nothing. Tries are counted for each name, whether anybody
//     has it or not; after the third each failure locks that name for longer (see
//     pinhash.LockAfter). Success clears the count, and a manager can. Of tries made
//     at once each waits for the one before, and then sees what came of it.
//  3. Setting the clock back does not shorten a lock-out: it begins again from
//     the new time. Nor does it make one longer than its step.
//  4. A name that nobody has is answered like a wrong PIN: the same words, the
//     same work, the same lock-out.
//  5. A change is whole or it is not: state and event are saved together, and an
//     event stays saved until the journal has it. After a crash between the two
//     the journal may have one twice; Event.Sequence tells.
//  6. There is always a manager once there was one: the last cannot be removed.
//     No lock-out is for ever, so nobody can lock the shop out of its terminal.
//  7. Shifts are numbered 1, 2, 3 … without gaps over restarts. One is open at a
//     time. Each has the cash that it was opened with and that was counted at its end, or
//     says that nobody has counted; what should have been there, package report says.
//
// # PINs
//
// 4 to 12 digits. Refused are those that are tried first: fewer than three
// different digits (0000, 1212), digits at equal steps (1234, 9876, 1357), a
// shorter PIN repeated (123123), years (1900 to 2099), and the member's own
// number.
//
// # Limits
//
// A PIN of few digits withstands the counter, not somebody who copies the file
// and computes at leisure: the file is for its owner only (0600). Who can write
// the file can make himself a manager. A clock set forward ends a lock-out; only
// the installer can set it.
package staff
