// Package wire is the packet protocol of the ZFM-20, R30x, AS608 and R503 family
// of fingerprint sensors, both ends of it: what a packet is, how it is read from
// a stream of bytes, and the numbers of instructions, confirmations and
// parameters (vendor manuals: ZFM-20 user manual, R30x user manual, R503 user manual).
//
// A packet on the line, big-endian:
//
//	EF 01 | address, 4 | kind, 1 | length, 2 | payload | sum, 2
//
// where length counts payload and sum, and sum adds the bytes of kind, length and
// payload. The line is 57600 baud 8N1 unless it was set otherwise, 9600·N.
//
// [Decoder] is strict: one byte that does not belong ends it with an error, and
// what it decodes encodes to the same bytes. How to go on after that is left
// to the caller.
package wire
