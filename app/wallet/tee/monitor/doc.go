// Package monitor is the hardware environment's record of what passes between the
// client and the trusted application (数据监控, claim 1 of CN103942678A): for
// every message its time, direction, session, command, length, the SHA-256 of the
// bytes that it refers to and the result; never the bytes.
//
// The record is a file of lines, each a JSON object whose last member, chain, is
// SHA-256(chain of the line before ‖ the line without its chain), so that a line
// that was changed, left out, added or moved is found by [Read]. When the file
// reaches its greatest size it is turned over to path.1, path.1 to path.2 and so on;
// the first line of each file names the chain that it continues. The oldest file
// is deleted at last, so the chain says nothing of what came before the oldest
// line that is kept.
//
// A line is written before its message is passed on; what cannot be recorded does
// not pass. Lines are handed to the operating system at once and to the disk when
// it pleases: they outlive the process, not always a power cut. Whoever can write
// the file can write a new chain: it shows that nothing was changed unless all
// after it was rewritten, for which an owner keeps the last chain elsewhere.
package monitor

import "time"

// Entry is a line.
type Entry struct {
	N       uint64    // counted from 1, over all files
	Time    time.Time // UTC, to the microsecond
	What    string    // one of the What… constants
	From    string    // client or trusted
	Kind    string    // of a message, as tee.Kind names it
	ID      uint64    // of the call or stream
	Session uint32
	Number  uint32 // command, kind, or result code
	Length  uint32 // of the bytes referred to
	SHA256  string // of those bytes, hexadecimal; of messages that refer to any
	Note    string // what else happened, in words; never anything that passed
	Before  string // in a file's first line: the chain that it continues, hexadecimal
	Chain   string // hexadecimal
}

// What a line records.
const (
	WhatBegin    = "begin"    // the first line of a new chain
	WhatContinue = "continue" // the first line of a file that continues another
	WhatStarted  = "started"  // the environment, or a side
	WhatMessage  = "message"  // passed on
	WhatRefused  = "refused"  // not passed on, and its sender ended
	WhatEnded    = "ended"    // a side, or the environment
)
