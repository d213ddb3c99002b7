// Package clearing is the terminal's queue of taps that settlement has not heard
// of yet (CN103942678A, after step S9). A wallet deducts without the network; the
// shop has its money only when settlement has answered. Until then a tap counts
// against the limits of what this terminal takes on trust.
//
// Guarantees:
//
//  1. Taps are handed in in the order of their numbers, each again and again until
//     its answer is in hand. One that settlement answers and does not decide does
//     not keep the others waiting; a settlement that is not there is asked with
//     growing, uneven pauses, and at once when another tap is added.
//  2. What is owed, in all and by each card, is known at any time, and an added tap
//     counts from the moment that Add returns.
//
// Limits: the queue itself is in memory. Whoever adds has written the tap down
// before, and adds what is still open again after a restart.
package clearing
