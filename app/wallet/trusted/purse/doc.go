// Package purse is the part of the trusted application module that handles the core
// transaction data of CN103942678A: the virtual card and its money (消费数据, steps S1
// and S9), and the card's number, which the encryption module seals and the signing
// module then signs (claim 1, step S6).
//
// It enters as bytes, is parsed and verified here, and leaves signed or sealed: the
// client application that carries it can neither read nor make up any of it. See
// [Purse] for what can be done, and [Status] for what the radio is answered.
//
// # Guarantees
//
//  1. The balance is what was loaded less what was deducted, at every moment and after
//     every crash. A deduction, its signed result and the chain's new head are on the
//     disk, in one transaction, before the result leaves.
//  2. For one terminal and one scramble code there is at most one deduction. Its result
//     is kept until settlement says that it is settled, and until 64 newer ones are, and RECOVER
//     repeats it to that terminal. A code that RECOVER was told was never deducted
//     deducts nothing for as long as an honest terminal could still ask.
//  3. A load is credited once: to the request that waits for it. A request that
//     settlement is said to have refused can still be credited if settlement did sign.
//  4. Above the card's limit, and after too many taps without it, nothing is deducted
//     without the owner's word on the trusted screen for this shop and this amount.
//  5. Nothing is said to a terminal whose certificate, signature or nonce is wrong, or
//     while the revocation list is too old to tell. Nothing at all is said while the
//     owner has not unlocked the wallet and armed the card.
//  6. Of the file, whatever was changed is [ErrDamaged] when it is opened, and a copy
//     that was put back is [ErrRolledBack] where Options.Anchor is there to tell. Where
//     it is not, settlement tells: its counters are ahead of ours (then [ErrRolledBack]
//     as well), or it finds two deductions with one counter and blocks the card.
//  7. Logs hold neither keys nor PINs nor the card's number.
//
// Limits: one card a purse, in one currency; where another takes its place that has a purse
// of its own (package cardservice). A PAY that was answered with anything but
// a deduction leaves no trace on the disk, so the owner's refusal is forgotten with
// the process.
package purse
