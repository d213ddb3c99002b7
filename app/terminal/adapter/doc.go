// Package adapter fits what stands behind the counter, the client of settlement
// and the journal, to the ports that a sale (sale.Settler), the staff's desk
// (staff.Recorder) and the anchoring (anchor.Lodge) declare. The devices' adapters
// are the terminal program's own.
//
// # Guarantees
//
//   - An adapter only signs with the terminal's key and translates names and errors;
//     it decides nothing, keeps nothing, and does not try again.
//   - An error of the client that is not known to be harmless is sale.ErrNoAnswer:
//     money may have moved.
//
// Adapters are safe for concurrent use where what they adapt is.
package adapter
