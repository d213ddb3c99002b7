// Package enrolment is a device's side of the certification authority: how
// terminal, wallet, settlement server and enrolment desk come by a certificate
// (CN103985036A claim 2 steps A to E, claim 3 steps a to d), renew it and learn
// what was revoked. What they are given is kept in the secure unit.
//
// # Guarantees
//
//   - At first contact TLS cannot be verified yet. The authority is believed
//     only because its key has the thumbprint that the enrolment code carries,
//     and the connection only because its TLS leaf is by the root which that
//     key signs. The code's secret is not sent before both are checked. From
//     then on TLS is verified like any other.
//   - Possession of every key is proved; private keys stay in the secure unit.
//   - Enrol and Renew may be interrupted at any point and run again: keys are
//     made once, the authority repeats its answer to the same keys, and the
//     certificate is stored last. Load never returns half of an enrolment.
//   - A revocation list with a lower sequence number than one seen before is
//     refused, also after a restart.
//   - Whatever the authority answers is verified before it is stored: the
//     certificate for this role, subject and key, the leaf for this TLS key.
//
// # Limits
//
// A revocation list of more than 64 kB (about 3,000 entries) does not fit into
// a secure unit; its sequence number is kept, the list itself is fetched again
// after a restart. Two processes must not enrol one unit at the same time.
package enrolment
