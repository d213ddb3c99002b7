// Package link is one side's end of the trusted execution environment, the same
// for the client and for the trusted application: calls with answers, events and
// streams, made of [tee.Message]s that trigger and shared memory that carries.
//
// What the other side sends is not believed. Bytes are copied out of the shared
// memory first and looked at afterwards, and only when the copy has the digest
// that the hardware environment recorded. Whoever breaks the protocol ends the
// link; whoever floods it waits: the number of calls, goroutines and bytes that
// the other side can occupy here is bounded by the limits in package tee.
//
// Order: calls run side by side and end in any order; events arrive one at a time
// in the order they were sent; so do the bytes of a stream.
package link

import (
	"context"
	"net"
)

// Kind of a [Call].
type Kind uint8

// The calls: the first three from the client, the last from the trusted side.
const (
	Open Kind = 1 + iota
	Invoke
	Close
	Request
	dial
)

// Call is what one side asks of the other.
type Call struct {
	Kind    Kind
	Session uint32
	Number  uint32 // command, or kind of request
	In      []byte // at most [tee.MaxBulk] bytes

	Memory *Memory // what is handed over instead of In, when not nil
	Length int     // how many bytes of it
}

// Handler is what the other side's calls come to, many at once.
type Handler interface {
	// Serve answers a call. The context ends when the caller cancels or is gone.
	// The session is the one that was opened; of other calls it means nothing.
	Serve(ctx context.Context, call Call) (session uint32, out []byte, err error)

	// Event takes what the other side tells, one at a time.
	Event(kind uint32, data []byte)

	// Dial opens what the other side asks for a stream to.
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}
