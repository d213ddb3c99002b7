// Package ridges finds the minutiae in a picture of a finger, in Go alone.
//
// The stages, each in a file of its own:
//
//  1. normalise: the surroundings' mean and deviation are taken out, so that a faint
//     print looks like a clear one.
//  2. orientation: the structure tensor in squares of eight pixels gives which way
//     ridges run and how sure that is; poor squares follow clear ones.
//  3. period: the wave that fits a section across the ridges best.
//  4. gabor: filters along the ridges and across them, at their period, join what
//     is broken and part what is smeared. The flow is measured again on the result, and
//     the picture filtered again by it.
//  5. mask: where the filtered picture explains the picture there is a finger.
//  6. thin: ridges, and then valleys, are thinned to lines.
//  7. clean: what is too short for a ridge is removed, ends that face each other
//     are joined.
//  8. find: a ridge that ends is an ending; a valley that ends is a fork of the ridge
//     round it. Both are the same thing, ridges and valleys exchanged, and are
//     found in the same way, so that an ending that pressure turns into a fork
//     stays in its place and keeps its direction.
//
// Guarantees:
//
//  1. Everything that shows the finger is wiped before [Find] returns, but its result.
//  2. Time and memory are bounded by the picture's size, whatever it shows; nothing is
//     kept between calls but tables that are the same for all fingers.
//  3. The same picture gives the same minutiae on one kind of machine. Between kinds
//     rounding may differ, and with it a doubtful minutia.
//
// Limits: made for live pictures of 500 dpi with ridges 4 to 16 pixels apart. What
// is no finger but has stripes is taken for one: judge the picture first.
package ridges
