// Package secureunit is the secure unit (安全单元 11, 21, 31, 41 of
// CN103985036A) of every party: a PKCS#11 token that makes and keeps the
// private keys, keeps the certificates, accounts and authority identity, and
// holds and spends the random scramble code of a sale (steps 3 and 10).
//
// SoftHSM 2 is the default token; any PKCS#11 v2.40 module with P-256 keys,
// CKM_ECDSA, CKM_ECDH1_DERIVE and CKM_SHA256_HMAC can take its place by
// [Config.Module], if it keeps data objects too (NSS softokn does not).
//
// # Guarantees
//
//  1. Private keys are made in the token and never leave it: sensitive,
//     non-extractable, non-modifiable. A key that was imported, or was ever
//     readable, is refused with [ErrKeyExposed].
//  2. A key has one use. The token itself refuses to sign with an agreement
//     key and to agree with a signing key. It cannot tell the three kinds of
//     signing key apart; those are kept apart by their identifiers here and
//     by the disjoint formats that they sign (COSE, TLS 1.3, X.509).
//  3. A scramble code is accepted at most once, for the one request that it
//     was bound to; its key is destroyed whatever the token answers.
//  4. Replacing a stored object leaves the old or the new one, never neither,
//     if the process dies in between.
//  5. A [Unit] may be shared by any number of goroutines. No PKCS#11 session
//     is ever used by two at once.
//  6. A token that was logged out, or whose sessions were closed, by someone
//     else is logged in again and the operation is repeated. A wrong PIN
//     is tried once only, so that a token that counts attempts is not locked.
//  7. A wrong PIN given to [Open] is noticed even while another Unit of the
//     same token is logged in.
//
// # Limits
//
// PINs are wiped after use here, but the pkcs11 binding hands the module a
// copy on the C heap that is freed without being wiped. SoftHSM protects keys
// by the PIN and by file permissions only, and does not fsync: against power
// cuts its directory is as good as the file system under it. A call into the
// module cannot be interrupted; contexts bound the wait for a session and are
// looked at between calls. C_Initialize is process-wide, and SoftHSM reads
// SOFTHSM2_CONF there: one process can use one token directory at a time. Two
// processes that make the same key or store the same label at the same moment
// are not kept apart.
package secureunit
