package tee

// The limits of the environment. They are chosen so that two sides that keep to
// them can never fill the socket between them and wait for each other for ever.
const (
	MaxMessage = 4096    // of an encoded [Message], bytes
	MaxText    = 512     // of an [Error]'s text, bytes
	MaxBulk    = 1 << 20 // that a call, an answer or an event hands over: 1 MiB
	MaxCalls   = 32      // that one side has under way at the other; more are refused with [CodeBusy]
	MaxEvents  = 32      // that the client has not dealt with yet
	MaxStreams = 16      // open at once

	StreamBlock  = 16 << 10 // the most bytes that one message moves in a stream
	StreamWindow = 4        // blocks that a stream's reader has not taken yet, each way

	// Align is what offsets in shared memory are multiples of: a cache line.
	Align = 64

	// MinRegion and MaxRegion bound a shared memory region, bytes.
	MinRegion = 1 << 16
	MaxRegion = 1 << 28

	// DefaultRegion is a region's size where none is given: 4 MiB.
	DefaultRegion = 4 << 20
)
