// Package certification is the certification authority's work (认证中心 4 of
// CN103985036A, claim 2 steps A to E and claim 3 steps a to d): it gives out
// enrolment codes, has possession of every key proved, certifies devices,
// renews and revokes certificates and archives sealed templates. It knows no
// HTTP; package service carries it.
//
// # Guarantees
//
//   - A certificate is issued to who holds the enrolment code and the private
//     half of each key in it: the signature key signs the application, the
//     agreement key opens a sealed challenge, the TLS key signs a PKCS#10
//     request that names the challenge's nonce.
//   - A code serves one set of keys, in one role, for one subject, until it
//     expires. The same keys may ask again with it and are given the same
//     certificate, so that an answer lost on the way costs nothing.
//   - A challenge is fresh, answers one attempt and dies after five minutes.
//     The number of open ones is bounded.
//   - A key belongs to one subject and has one use, over the whole registry.
//   - A subject is one device: when another one enrols under its name, what the
//     first has is revoked.
//   - A wallet's template comes from the archive, where an enrolment desk put
//     it, never from the wallet.
//   - Sequence numbers of revocation lists never go back, also not after a
//     crash or a restored backup; a list handed out is never older than a
//     minute.
//   - A template is erased when its owner wants it: nothing of it stays but its
//     SHA-256, the certificate that held it is revoked, and settlement is told.
//   - Every decision is logged, without secrets.
//
// Refusals are *problem.Problem with a code, a sentence and a hint; any other
// error is the authority's own failure.
package certification
