// Package settle is what settlement decides: steps 13 to 15 of CN103985036A,
// what becomes of a sale afterwards (queries, reversals, acknowledgements), and
// which wallet an account belongs to; and for the sale by tap of CN103942678A
// step S1 (virtual cards, loads, transfers) and what follows S9 (clearing). It knows no HTTP and no database: the
// ledger is an interface, keys are a crypto.Signer and ecdh.KeyExchangers.
//
// # Guarantees
//
//  1. A sale is kept under (terminal, scramble code) for ever, each attempt
//     under its number. The content of an attempt is H(request), H(payment) and
//     the opened print: sealing again makes no other content.
//
//  2. An outcome is signed before it is kept, kept before it is answered, and
//     kept in the transaction that moves the money. The same content is answered
//     with the same bytes and counted once, whatever has changed meanwhile:
//     clocks, certificates, revocation list, balance. Only a sale that was taken
//     back says so to everyone from then on.
//
//  3. Other content under a key is refused and flagged as fraud. Nothing is ever
//     signed about a request and payment that contradicts that they were paid:
//     such a refusal is a problem, which is not signed.
//
//  4. What could be otherwise a moment later (a stale revocation list, a token
//     that fails, a busy ledger) is answered by a problem and never kept.
//
//  5. After a final outcome there is no further attempt.
//
//  6. A live print counts once: it is neither the enrolled one nor any that was
//     used before, at whatever terminal; nor is it implausibly close to one of the
//     last of its wallet (Policy.KeptPrints). These are kept sealed, under a key
//     derived from Config.PrintKey, each bound to its wallet and place, and are
//     compared outside of transactions: an attempt that another of the wallet
//     overtook is compared with that one's print before it is decided.
//
//  7. Failed fingers are counted by wallet over all terminals, once for each
//     attempt; at the limit the wallet is locked, for PINs as well, until it is
//     unlocked here. A matching finger clears the count. Whether the holder is the
//     owner is decided by the band that the amount is in, and what came of it is
//     noted for ever in the transaction of the decision, without print or score. A
//     terminal is told no more than whether another try is left.
//
//  8. A reversal leaves a tombstone for a submission that was never seen, moves
//     the money back in the transaction that keeps its outcome, and changes
//     nothing once the terminal has acknowledged.
//
//  9. A card sale is asked of the acquirer once. What is asked is committed
//     before it is sent, an answer together with outcome and entry. Without a
//     certain answer (silence, a crash, a code that leaves it open) it is taken back
//     by a reversal advice, repeated until the acquirer confirms it, whatever
//     process is left to do so; the sale is declined only then, and until then
//     nobody is told anything: a submission gets a problem of code not-ready, a
//     query [ErrUndecided]. Its live print and its request count as used
//     meanwhile. The terminal's reversal ends it at once, and the acquirer's part is
//     taken back behind it.
//
//  10. A card's refund is repeated under one trace until it is answered; what it
//     takes off the sale is set aside before it is sent.
//
//  11. A load of a virtual card (step S1 of CN103942678A) debits account or what
//     waits in the transaction that keeps the signed load. The same bytes are
//     answered the same for ever, other bytes under the sequence are refused, and
//     what was refused for good never debits, however late it comes again.
//
//  12. A tap is kept under (terminal, H(PAY)). Its merchant is credited with no more
//     than is left of what was loaded on the card. Given up, by clearing or
//     abandonment, it goes back to the card once, whoever tells of it and in
//     whatever order: terminal or wallet. What was credited before an abandonment
//     stays credited.
//
//  13. Deductions fill their card's chain, in any order and with gaps. Two in one
//     place, or one that does not name the one before it, are flagged as fraud and
//     block the card; so does one that is not covered.
//
//  14. A deduction that a wallet reported and no terminal tells of can be closed by the
//     operator, to the shop or to the card, on the card's own signed word. Whatever its terminal says
//     later is answered as it was closed, with the same bytes, and moves nothing;
//     it makes no fraud of anybody. What a terminal had said before keeps it from the
//     shop. A made-up report that was closed takes nothing from the terminal's own tap.
//
// Outcomes are signed outside of transactions, so that a slow token holds
// nobody up: the transaction decides again and keeps the outcome only if the
// decision is still the same.
//
// # Limits
//
// Virtual cards are loaded from third-party and prepaid accounts, not through the
// acquirer. A tap that its wallet reported and no terminal ever hands in or gives
// up holds the card's cleared counter back until the operator closes it; one that nobody tells
// of cannot be closed. An abandonment is
// verified by the terminal's present key.
//
// Third-party and prepaid accounts settle in the ledger, bank cards and credit
// cards through the acquirer. Without one, no card's account is registered to a
// wallet, and what registered ones ask for is declined. A card sale whose process
// dies stays undecided until its lease runs out (Policy.CardLease). Processes that
// share a ledger must agree on the time to well within that. Without bands a print's
// comparison says what package minutiae's threshold, which is provisional, makes of it. The last
// attempt of a reversed sale is forgotten by nobody, but answered as reversed.
//
// How long an answer takes tells, to whoever can measure milliseconds through a
// server's other work, whether there was an enrolled print to compare with, and
// whether an earlier one was looked at closely. It tells nothing of a score.
package settle
