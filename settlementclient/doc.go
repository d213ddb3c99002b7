// Package settlementclient is a device's side of settlement: steps 12, 13 and
// 15 of CN103985036A for the terminal (fetch and verify settlement's
// certificate, submit, understand the signed answer), queries, reversals and
// acknowledgements, refunds, the totals of a day, the anchors of the journal and
// the terminal's own status, and for the wallet the registration of accounts. For the sale by tap
// (CN103942678A): virtual cards, their loads, transfers and state for the wallet
// (step S1), and for the terminal the clearing of taps and the list of blocked
// cards.
//
// # Guarantees
//
//  1. Whatever is returned as an answer was signed by settlement under a
//     certificate that is trusted now, and is about the request, payment, amount
//     and currency that was asked about; or about that refund, period or anchor.
//
//  2. An error of Submit that is not ErrUnknown means that this call has not
//     charged anybody, and one of Refund that is neither ErrUnknown nor
//     ErrUndecided that it has given nothing back: nothing left this device (ErrUnreachable, ErrUntrusted),
//     or settlement itself, over the authenticated connection, refused to keep
//     anything (ErrNotKept). That nothing left is known, not guessed: once a
//     request fails the connection takes no further byte, and only if it had
//     taken none of this request before is it ErrUnreachable.
//
//  3. ErrUnknown is everything else: hung up, too late, or an answer that does
//     not verify. The sale may or may not be paid: query, then reverse, and
//     never charge again.
//
//  4. Nothing is repeated behind the caller's back once a byte of it was sent.
//     Every message may be repeated by the caller: settlement answers the same.
//
//  5. Totals of several pages are whole: one period, one set of sums, and lines
//     that add up to them.
//
//  6. A load that is refused with ErrRefused is refused for good: the very bytes
//     that asked for it never debit anybody.
//
// ErrNotKept says something about this call only: after an earlier ErrUnknown
// for the same sale, only an answer tells.
//
// # Limits
//
// A server that holds a certificate for the role settlement is believed. The
// package keeps settlement's certificate in memory only.
package settlementclient
