// Package receipt puts what the journal says into documents that are printed: receipts, refunds, slips of what was not paid
// or is not known yet, X and Z reports, a test page. Package paper sets them.
//
// Guarantees:
//
//  1. A document says only what its entry says. What was not paid never looks like a receipt: its heading is white on black
//     and there is no total.
//  2. Training stands white on black at the head and at the foot, and no code for the phone is on it.
//  3. A copy says that it is one, and when it was made.
//  4. Amounts and dates are written as the phrasebook's language does, times in the shop's zone.
//
// Nothing here prints, waits or fails: the same facts give the same document.
package receipt
