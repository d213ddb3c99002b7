// Package postgrestest starts a real PostgreSQL server for tests and
// measurements, from the package that Debian ships (postgresql-15): not a
// stand-in, but a server of one's own that can be killed.
//
// A server keeps its data in a temporary directory and is reached over a Unix
// socket in there alone. Commits are synced to the disk (fsync stays on), memory
// is bounded. PostgreSQL refuses to run as root: a test that runs as root starts
// it as the user nobody, any other as itself.
//
// The server stops, and its directory goes, when [Server.Stop] is called and also
// when the process that started it ends in whatever way, SIGKILL included: a
// small shell at the other end of a pipe sees to that.
//
// # Limits
//
// Linux only. Whoever can read the directory may connect without a password; the
// directory is closed to all but the server's user (and root).
package postgrestest
