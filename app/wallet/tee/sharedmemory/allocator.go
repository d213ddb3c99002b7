// Package sharedmemory is the memory that the client and the trusted application
// share (内存共享, claims 2 and 8 of CN103942678A): two regions, one each way,
// each with one writer.
//
// Guarantees, held by the kernel and not by either side's good will:
//
//   - A region's length never changes (F_SEAL_SHRINK, F_SEAL_GROW), so that nobody
//     can make the other's reads fault.
//   - Once the writer has mapped its region, nobody else can ever write into it
//     (F_SEAL_FUTURE_WRITE, Linux 5.1), not even by opening it anew.
//   - A region's writer never gives out the same bytes twice before the reader has
//     released them.
//
// The writer can change its bytes at any time, and a reader must expect it to:
// [Reader.Copy] is the only way to read.
package sharedmemory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"countersign/app/wallet/tee"
)

// ErrRange says that a reference points outside a region.
var ErrRange = errors.New("a reference outside the shared memory")

// ErrNotHeld says that bytes were released that were not given out.
var ErrNotHeld = errors.New("shared memory was released that was not held")

// allocator gives out parts of a region, first fit, in multiples of [tee.Align].
// Safe for concurrent use.
type allocator struct {
	mu   sync.Mutex
	free []span            // sorted, never adjacent
	held map[uint32]uint32 // offset: length
	room chan struct{}     // closed and made anew whenever something is released
	size uint32
}

type span struct{ offset, length uint32 }

func newAllocator(size uint32) *allocator {
	return &allocator{free: []span{{0, size}}, held: map[uint32]uint32{}, room: make(chan struct{}), size: size}
}

// take waits until there is room for n bytes and gives them out. Even no bytes
// are given a place of their own.
func (a *allocator) take(ctx context.Context, n int) (offset uint32, err error) {
	if n < 0 || n > tee.MaxBulk || uint32(n) > a.size {
		return 0, tee.Errorf(tee.CodeOutOfMemory, "%d bytes are more than can be handed over", n)
	}
	length := (uint32(max(n, 1)) + tee.Align - 1) / tee.Align * tee.Align
	for {
		a.mu.Lock()
		for i, f := range a.free {
			if f.length < length {
				continue
			}
			if f.length == length {
				a.free = slices.Delete(a.free, i, i+1)
			} else {
				a.free[i] = span{f.offset + length, f.length - length}
			}
			a.held[f.offset] = length
			a.mu.Unlock()
			return f.offset, nil
		}
		room := a.room
		a.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for shared memory: %w", context.Cause(ctx))
		}
	}
}

// give takes bytes back. An offset that is not held is [ErrNotHeld].
func (a *allocator) give(offset uint32) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	length, ok := a.held[offset]
	if !ok {
		return ErrNotHeld
	}
	delete(a.held, offset)
	at, _ := slices.BinarySearchFunc(a.free, offset, func(f span, o uint32) int { return int(int64(f.offset) - int64(o)) })
	a.free = slices.Insert(a.free, at, span{offset, length})
	if at+1 < len(a.free) && offset+length == a.free[at+1].offset {
		a.free[at].length += a.free[at+1].length
		a.free = slices.Delete(a.free, at+1, at+2)
	}
	if at > 0 && a.free[at-1].offset+a.free[at-1].length == offset {
		a.free[at-1].length += a.free[at].length
		a.free = slices.Delete(a.free, at, at+1)
	}
	close(a.room)
	a.room = make(chan struct{})
	return nil
}
