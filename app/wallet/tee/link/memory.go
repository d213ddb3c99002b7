package link

import (
	"context"
	"sync"

	"countersign/app/wallet/tee"
)

// Memory is a place in the own region that is kept over several calls. Safe for
// concurrent use; one call at a time uses it.
type Memory struct {
	link   *Link
	offset uint32
	size   int

	mu       sync.Mutex
	busy     bool // a call that the other side has not answered refers to it
	released bool
}

// Register takes a place of a size for calls to come, waiting for room until ctx
// ends.
func (l *Link) Register(ctx context.Context, size int) (*Memory, error) {
	if size < 0 || size > tee.MaxBulk {
		return nil, tee.Errorf(tee.CodeOutOfMemory, "%d bytes are more than can be handed over", size)
	}
	var m tee.Message
	if err := l.lay(ctx, &m, make([]byte, size)); err != nil {
		return nil, err
	}
	return &Memory{link: l, offset: m.Offset, size: size}, nil
}

// Size is how many bytes the place has.
func (m *Memory) Size() int { return m.size }

// WriteAt writes into the place, which no call may be using.
func (m *Memory) WriteAt(b []byte, at int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.released:
		return 0, tee.Errorf(tee.CodeBadParameters, "the memory was released")
	case m.busy:
		return 0, tee.Errorf(tee.CodeBusy, "a call is using the memory")
	case at < 0 || at > int64(m.size) || len(b) > m.size-int(at):
		return 0, tee.Errorf(tee.CodeBadParameters, "%d bytes at %d do not fit into %d", len(b), at, m.size)
	}
	return len(b), m.link.own.Write(m.offset+uint32(at), b)
}

// Release gives the place back, at once or when the call that uses it is answered.
func (m *Memory) Release() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.released {
		return nil
	}
	m.released = true
	if m.busy {
		return nil
	}
	return m.link.own.Release(m.offset)
}

// claim has a call use the place.
func (m *Memory) claim(length int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.released:
		return tee.Errorf(tee.CodeBadParameters, "the memory was released")
	case m.busy:
		return tee.Errorf(tee.CodeBusy, "a call is using the memory")
	case length < 0 || length > m.size:
		return tee.Errorf(tee.CodeBadParameters, "%d bytes of %d", length, m.size)
	}
	m.busy = true
	return nil
}

// unclaim ends that.
func (m *Memory) unclaim() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = false
	if m.released {
		return m.link.own.Release(m.offset)
	}
	return nil
}
