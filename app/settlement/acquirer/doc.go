// Package acquirer speaks ISO 8583:1987 to the acquirer that card payments go
// through: what step 15 of CN103985036A leaves to the bank when the account that
// the payer picked is a bank card or a credit card.
//
// SPECIFICATION.md beside this file lists messages, fields and framing.
// Package virtualacquirer is the other end of the wire, for tests and by hand.
//
// # Guarantees
//
//  1. A caller always learns which of three things is so: the acquirer answered
//     ([Answer]), nothing left this process ([ErrNotSent], [ErrCard]), or the
//     message may have been carried out ([ErrNoAnswer]). After the last, a
//     purchase has to be reversed and a refund repeated; never sent anew.
//  2. An answer counts for the one message that it names by type, transmission
//     time, STAN, RRN and terminal, and only if it repeats its amount, currency
//     and processing code. Late, repeated and strange answers are dropped and
//     counted ([Stats]).
//  3. What is sent is fixed by the [Trace] that the caller keeps before sending:
//     a repeat, or a reversal after a restart, names the same transaction.
//  4. A lost link is built again with growing, jittered pauses; an idle one is
//     tested. [Link.Close] waits for everything that it started.
//
// # Limits
//
// ISO 8583 knows no query: only a reversal settles a purchase that was not
// answered. There is no MAC and no PIN block; the link is protected by TLS or by
// the line. The track, the expiry date and the card's chip are unknown here: the
// wallet's account holds the number alone.
//
// Card numbers are in no error, log or String of this package but for their last
// four digits.
package acquirer
