// Package scene plays sales through the real windows, as people would, and
// judges how they end: one that goes well, and those that must not. Buttons are
// touched where the windows announce them, codes are held to cameras, fingers
// laid on glass; what happened is read from the programs' logs.
//
// # Guarantees
//
//   - A scene ends as the party that the protocol makes responsible ended it.
//     Another ending, or another party, is a *Failure: an error in the programs
//     (or in the demonstration), never passed off as a refused sale.
//   - Nothing is waited for by looking again: scenes wait for events, and every
//     wait ends with the scene's context.
package scene
