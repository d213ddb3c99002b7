// Package virtualreader runs a PC/SC daemon of its own, pcscd, with a reader in
// software, vpcd: for tests and for demonstrations, beside whatever daemon the
// machine has, without being root. Virtual cards attach to it over TCP.
//
// Guarantees:
//
//  1. Nothing outlives it: the daemon dies with [Daemon.Close], and with the process
//     that started it.
//  2. No call waits for ever; each ends with its context.
//  3. Trouble is real trouble: [Daemon.Kill] takes the daemon and its socket away,
//     [Daemon.Freeze] leaves a socket on which nobody answers.
//
// Limits: Linux, with the packages pcscd and vsmartcard-vpcd. The driver gives two
// readers, "… 00 00" and "… 00 01", each for one card at a time. Debian's
// daemon looks for readers of this kind only when it starts, so [Daemon.PullOut] and
// [Daemon.PutBack] restart it without and with them. Readers listen on all
// the machine's addresses, as the driver always does: leave no daemon running on
// a machine that strangers reach.
//
// libpcsclite reads its socket's name once a process: whoever wants to use this
// daemon sets [Daemon.Env] before the first call, and uses no other daemon after. A
// restarted daemon has the same name.
package virtualreader
