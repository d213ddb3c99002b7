// Package capture takes an owner's finger at the enrolment desk (指纹采集设备,
// CN103985036A claim 2 step B): three captures that match one another, of which
// the best becomes the template InforFp, and the sealing of it to settlement.
//
// # Guarantees
//
//   - A finger is taken only if each of three captures matches each other one;
//     a second finger, or a stranger's, among them is refused.
//   - The template leaves this package sealed to settlement only. Templates are
//     wiped when the call returns, whatever it returns.
//   - Nothing is captured and nothing deposited without the owner's consent, whose
//     record the desk signs: which text was read, when, and before which officer.
//
// # Limits
//
// The threshold is package minutiae's provisional one. The desk has to be
// trusted: it sees the finger, and the sensor signs nothing.
package capture
