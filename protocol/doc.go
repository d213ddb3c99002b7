// Package protocol is what Countersign's parties say to each other: the
// messages of a sale by scan (CN103985036A, fifteen steps) and of a sale by tap (CN103942678A,
// S1 to S9), of refunds and what reconciles a day, of enrolment at the certification authority, and the
// text that carries them in QR codes.
//
// # Building blocks
//
// Payloads are CBOR in core deterministic encoding with integer keys (RFC 8949
// §4.2). Signed messages are untagged COSE_Sign1 with ES256 (RFC 9052); the
// message's kind is bound as external AAD, s is always the low one of the two
// possible values and the unprotected header is exactly empty. Sealed messages
// are HPKE in base mode (RFC 9180) with DHKEM(P-256, HKDF-SHA256),
// HKDF-SHA256 and AES-128-GCM; `info` names the kind, `aad` binds the sale.
// QR codes carry Base45 (RFC 9285) behind a prefix of five characters.
//
// # Guarantees
//
//   - The package is pure: no I/O, no clock, no cgo. Time is an argument; keys
//     are a crypto.Signer and an ecdh.KeyExchanger, so that they can stay in a
//     PKCS#11 token.
//   - Decoders are strict. Whatever Parse accepts re-encodes to the same bytes:
//     unknown, missing and repeated keys, indefinite lengths, longer forms of
//     integers, tags and trailing bytes are all refused (ErrMalformed).
//   - The identity of a message, its Hash, does not depend on malleable bytes:
//     it covers what was signed, never the signature.
//   - A signature is verified for one message kind and one key; a certificate
//     for the one role that is expected.
//   - Lengths tell nothing about accounts and templates: both are padded. Nor do those of a wallet's answers in
//     a tap about card, amount, status or how often it paid.
//
// # Compatibility
//
// The scan messages of version 1 are frozen, but for results of an outcome, which
// are added at the end: who does not know one refuses it. messages.cddl describes them,
// testdata/vectors holds test vectors, MESSAGES.md says where every byte goes
// and SECURITY.md what the protocol does not protect against. A change of
// format is a new version with new context strings and new QR prefixes.
//
// # Reading
//
// sign1.go and seal.go carry everything else. Then in the order of a sale:
// certificate.go, request.go, payment.go, submission.go, outcome.go; after it
// refund.go, daytotals.go, journalanchor.go, zreport.go, terminalstatus.go; and enrolment.go for how everyone
// came by a certificate. A sale by tap: virtualcard.go and load.go for what comes before it, tapapdu.go,
// tapget.go, tapreader.go, tappay.go, clearing.go. record.go lends the strict codec to what programs keep for themselves.
package protocol
