// Package minutiae holds fingerprint templates and their one-to-one comparison.
//
// A template is what the patent calls InforFp (enrolled, signed by the
// authority) and InforFpN (captured at the sale; CN103985036A, steps 11 and
// 14): the ridge endings and bifurcations of one finger in the compact card
// format of ISO/IEC 19794-2, three bytes a minutia, zero-padded to exactly 120
// bytes (at most 40 minutiae) or 180 bytes (at most 60).
//
// Guarantees:
//
//  1. There is one encoding for a set of minutiae and a size: whatever [Decode]
//     accepts, [Encode] turns into the same bytes.
//  2. [Compare] works in integers only, so every machine gives the same score;
//     it is exactly symmetric and does not depend on the order of its inputs.
//  3. [Compare] takes bounded time whatever it is given: at most
//     [MaxMinutiae] minutiae a side are looked at.
//
// Limits: a score says how alike two sets of points are, not that a finger was
// there: sensors of this class sign nothing. [ProvisionalThreshold] has been
// tried on made-up prints only. Templates, minutiae and scores are personal
// data: they are never logged.
//
// The package is pure: no I/O, no clock, no cgo, no state.
package minutiae
