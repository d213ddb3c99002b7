// Package steps brings a machine from one version to another, or back to the one it
// had: step by step, each written down before it is begun.
//
//	take      the update file is copied, verified and kept; nothing is installed
//	install   the packages are installed
//	check     the program must come up, and stay up
//	back      it did not: the version before is installed again
//	check back
//
// # Guarantees
//
//   - Killed at any point, or the power cut, [Updater.Resume] ends in one of the two
//     versions, whole: an installation that was begun is done again, one that did not come
//     up three times is taken back.
//   - Nothing is installed but what an installed key signed: a kept file is verified
//     again, whole, each time that it is used.
//   - Without a kept file of the present version there is no way back, and then nothing is
//     taken, unless somebody says so.
//   - A version that does not come up is taken back by itself; what comes up is kept, with
//     the one before it, so that somebody may go back later.
//
// # Limits
//
// The program's own data are not touched, neither forward nor back: the journal of a
// terminal is brought forward by the terminal (see its package journal), and a version
// that wrote what the one before cannot read cannot be taken back. What somebody installs by
// other means while an update is in its steps is overwritten. One process at a time
// works in a folder.
package steps
