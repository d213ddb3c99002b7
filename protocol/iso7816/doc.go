// Package iso7816 speaks the part of ISO/IEC 7816-4 that a sale by tap needs:
// short command and response APDUs, command chaining, GET RESPONSE, status
// words, and the file control information with which SELECT answers. [Exchange]
// is the terminal's side of it, [Session] the card's; both work over functions
// that carry bytes, and neither does I/O nor knows a clock.
//
// Guarantees:
//
//  1. Decoders are strict: what they accept encodes to the same bytes again.
//     Extended lengths, the class FF and the instructions 6x and 9x are refused
//     (ISO/IEC 7816-3, 12.1), as are status words that the standard does not have
//     and data beside a status word of an error.
//  2. Whatever the other side sends, memory and turns are bounded: a message has
//     at most [MaxMessage] bytes in either direction, an answer comes in at most
//     [MaxParts] parts, and 6Cxx is followed once an APDU.
//  3. A message arrives whole or not at all. A chain that is interrupted, and parts
//     of an answer that are not fetched at once, are dropped and overwritten.
//
// Limits: only the basic logical channel, no secure messaging. Links of a chain
// and parts of an answer carry no numbers in this standard, so a radio that
// repeats or swallows one whole, answer included, is not noticed here: what the
// messages say is signed, and that is where it is noticed.
package iso7816
