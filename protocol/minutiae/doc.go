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
//  3. [Compare] takes bounded time whatever it is given: at most twice
//     [MaxMinutiae] minutiae a side are looked at, and the turns of its loops are
//     counted by a test.
//
// # How two fingers are compared
//
// What lies within 3.6 mm of each minutia is described by bits that neither shift nor
// rotation changes (a cylinder, cylinder.go). Minutiae of both fingers whose surroundings are
// alike are candidates for being one; candidates that agree with one another in distance,
// direction and bearing support each other (candidates.go). From the best supported six clusters
// each finger is laid over the other: a rigid transform, and a smooth bending on top of it, since
// skin stretches (alignment.go); minutiae are paired greedily, one to one, where they come
// to lie together (pairing.go). The evidence is how well the pairs fit and how alike their
// surroundings are, against how many minutiae both captures should show; minutiae at the
// rim of a capture and those that crowd, often false, count less (finger.go). The score
// is a logarithm of likelihood (evidence.go). The type of a minutia is not looked at:
// the extractors in use confuse endings and bifurcations too often for it to tell anything.
//
// Measured by app/accuracy, where FINGERPRINTS.md has the tables. Its few numbers were chosen
// on FVC2004 set B, and what was held back is FVC2002 set B.
//
// Limits: a score says how alike two sets of points are, not that a finger was
// there: sensors of this class sign nothing. Prints that overlap in less than about
// 6 mm across, or that dirt, dryness or pressure have deprived of half of their
// minutiae, are refused: three tries are what the sale allows for that. Templates,
// minutiae and scores are personal data: they are never logged.
//
// The package is pure: no I/O, no clock, no cgo, no state.
package minutiae
