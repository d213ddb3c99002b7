// Package store keeps the authority's registry in a bbolt file: who it is, the
// enrolment codes it gave out, every device it certified with every certificate
// (经认证过的所有设备信息记录, CN103985036A claim 1), the archived sealed
// templates and what was revoked.
//
// # Guarantees
//
//   - What Update committed is on disk (bbolt syncs before it returns). A
//     function that fails changes nothing.
//   - Of an enrolment code only the SHA-256 of its secret is kept; of an
//     owner's template only the sealed bytes, which the authority cannot open.
//   - Of a template that was erased nothing is left but its SHA-256, also not in
//     the file's free pages once Overwrite has returned. Who wanted and who did
//     it is kept, and what is known of the certificates that held it.
//   - A file is used by one process at a time (ErrLocked).
//
// # Limits
//
// Records are protected by file permissions. Certificates and deposits carry
// signatures of their own; codes and revocations do not. A registry restored
// from an old backup has forgotten later revocations: see NextSequence.
package store
