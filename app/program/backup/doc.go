// Package backup is the file in which a server's store is saved: records in named
// sections, a manifest that says what they are, and checksums over all of it. The
// store that is saved decides what its sections, keys and values are, and what sums
// the manifest has to show.
//
// # Format
//
// The line "countersign backup 1", and frames: a byte that names the frame, then
// its fields, each an unsigned LEB128 length and as many bytes.
//
//	A  about: JSON of [About]
//	S  section: its name
//	R  record: key, value; of the section before it
//	M  manifest: JSON of [Manifest]
//	E  end: SHA-256 of everything before this frame; the file ends with it
//
// # Guarantees
//
//   - A file is a backup whole, or it is refused: cut off ([ErrCut]), changed in any
//     bit ([ErrDamaged]), of another program ([ErrProgram]), of a later format
//     ([ErrNewer]), or something else altogether ([ErrForeign]).
//   - Memory for reading is bounded by one record, 16 MB, whatever a file says.
//   - [Save] never writes over a file, has read the new one again before it is there
//     under its name, and syncs file and directory.
//
// # Limits
//
// Checksums tell damage, not forgery: who can write the file can write the sums. It
// is not encrypted. A backup is as secret as the store, and kept like it.
package backup
