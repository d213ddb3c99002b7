// Package blocklist keeps settlement's list of blocked virtual cards on the
// terminal: fetched regularly, kept over restarts, believed only as settlement has
// signed it.
//
// Guarantees:
//
//  1. What Current returns was signed by the settlement server that the terminal
//     trusts, and is never older than what it returned before, over restarts too as
//     far as the file is there.
//  2. A file that is missing, damaged or not settlement's is as none: until a list is
//     fetched there is none, and so no sale by tap.
//
// How old a list may be is for whoever takes taps to say.
package blocklist
