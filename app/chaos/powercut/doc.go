// Package powercut is a file system that can lose power. It is mounted by FUSE
// over a directory, and the stores that are put to the test live on it. Killing
// a process proves nothing about a power cut: what it wrote without syncing is
// still in the kernel's page cache. Here a cut takes it away, as a disk does.
//
// # What is modelled
//
//   - What a file contains is on the disk after fsync or fdatasync of that file,
//     and after a write to a file opened with O_SYNC or O_DSYNC. Nothing else
//     puts it there: not closing, not time, not fsync of another file.
//   - A cut takes back what was written since. Of the 512-byte sectors that were
//     touched any may have reached the disk and any not, each on its own (torn
//     writes), unless the caller asks for all of them to be lost. The length
//     goes back to where it was, or to the end of the last sector that came
//     through; holes read as zeros.
//   - Names (create, remove, rename, link, directories) change in the order in
//     which they were made, as in a journalling file system: a cut keeps the
//     first few since the last sync, and undoes the others. With [Options.Lax]
//     fsync of any file or directory also commits every name before it, as ext4
//     does. Without, only fsync of a directory commits the names in it (and what
//     came before them), which is all that POSIX promises: a new file that was
//     synced, and whose directory was not, may be gone.
//   - After a cut the file system is mounted anew, so that nothing of before is
//     in any page cache.
//
// # How it is used
//
// [Disk.Cut] takes the power away: from then on every call of a process on the
// file system stands still. The caller kills its processes (SIGKILL), calls
// [Disk.Release], waits for them, and calls [Disk.Restore]. No process goes on
// after the cut, so none can tell anybody of an error that a real machine would
// not have lived to see.
//
// # Limits
//
// Modes, owners and times of files are not taken back. Bits that rot
// are not modelled. fallocate is refused, as by a file
// system without it. The process that serves a Disk must not use the mounted
// directory itself. Linux only; it needs /dev/fuse and either root's right to
// mount or fusermount3.
package powercut
