// Package virtualacquirer is an acquirer: the other end of the wire of package
// acquirer, with cards and balances of its own. It speaks the messages of that
// package's SPECIFICATION.md over TCP or TLS.
//
// It behaves as the specification asks an acquirer to: a purchase, a refund and
// a reversal are carried out once, however often they come; a reversal is
// always taken, also for a purchase that was never seen, which is then declined
// should it come later. It misbehaves to order, see [Fault].
//
// Its books ([Server.Books]) say what it did, so that a test can compare them
// with the ledger. They are in memory: they outlive lost links, not the server.
//
// It shares the encoding of messages with package acquirer; what that writes
// is held against bytes written down by hand in that package's tests.
package virtualacquirer
