package sharedmemory

import (
	"context"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee"
)

// Create makes a region of the size, in bytes, for the hardware environment to
// hand out. The file is closed on exec.
func Create(name string, size int) (*os.File, error) {
	if size < tee.MinRegion || size > tee.MaxRegion || size%tee.Align != 0 {
		return nil, fmt.Errorf("a shared memory region cannot have %d bytes", size)
	}
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|mfdNoExecSeal)
	if err == unix.EINVAL { // MFD_NOEXEC_SEAL is Linux 6.3's
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	file := os.NewFile(uintptr(fd), name)
	if err := file.Truncate(int64(size)); err != nil {
		file.Close()
		return nil, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		file.Close()
		return nil, os.NewSyscallError("seal the length of shared memory", err)
	}
	return file, nil
}

const mfdNoExecSeal = 0x8

// Seal makes a region unwritable but for the mappings that exist, and its seals
// final. The hardware environment calls it once the writer has mapped.
func Seal(file *os.File) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_FUTURE_WRITE|unix.F_SEAL_SEAL)
	return os.NewSyscallError("seal shared memory", err)
}

// check refuses a file that could be shortened under its reader's feet.
func check(file *os.File, want int) (int, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < tee.MinRegion || info.Size() > tee.MaxRegion || info.Size() != int64(want) {
		return 0, fmt.Errorf("a shared memory region cannot have %d bytes", info.Size())
	}
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return 0, os.NewSyscallError("read the seals of shared memory", err)
	}
	if want := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW; seals&want != want {
		return 0, fmt.Errorf("shared memory that can change its length (seals %#x)", seals)
	}
	return int(info.Size()), nil
}

// Writer is a region mapped by the one side that writes into it. Safe for
// concurrent use.
type Writer struct {
	*allocator
	mu     sync.RWMutex // guards memory against being unmapped while it is copied to
	memory []byte
}

// MapWriter maps a region of the size for writing.
func MapWriter(file *os.File, size int) (*Writer, error) {
	size, err := check(file, size)
	if err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("map shared memory", err)
	}
	return &Writer{memory: memory, allocator: newAllocator(uint32(size))}, nil
}

// Put copies data to a place that nothing else holds, waiting for one until ctx
// ends, and returns its offset. It is held until [Writer.Release].
func (w *Writer) Put(ctx context.Context, data []byte) (offset uint32, err error) {
	if offset, err = w.take(ctx, len(data)); err != nil {
		return 0, err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.memory == nil {
		return 0, os.ErrClosed
	}
	copy(w.memory[offset:], data)
	return offset, nil
}

// Write changes bytes at a place that the caller holds.
func (w *Writer) Write(offset uint32, data []byte) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	switch {
	case w.memory == nil:
		return os.ErrClosed
	case uint64(offset)+uint64(len(data)) > uint64(len(w.memory)):
		return ErrRange
	}
	copy(w.memory[offset:], data)
	return nil
}

// Release takes the place at an offset back and wipes it. An offset that is not
// held is [ErrNotHeld].
func (w *Writer) Release(offset uint32) error {
	w.mu.RLock()
	w.allocator.mu.Lock()
	length, held := w.held[offset]
	w.allocator.mu.Unlock()
	if held && w.memory != nil {
		clear(w.memory[offset : offset+length])
	}
	w.mu.RUnlock()
	return w.give(offset)
}

// Close unmaps the region.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	memory := w.memory
	w.memory = nil
	if memory == nil {
		return nil
	}
	clear(memory)
	return unix.Munmap(memory)
}

// Reader is a region mapped by a side that only reads. Safe for concurrent use.
type Reader struct {
	mu     sync.RWMutex
	memory []byte
}

// MapReader maps a region of the size for reading.
func MapReader(file *os.File, size int) (*Reader, error) {
	size, err := check(file, size)
	if err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("map shared memory", err)
	}
	return &Reader{memory: memory}, nil
}

// Copy returns a copy of bytes, which stays as it is whatever the writer does
// then. A reference outside the region is [ErrRange].
func (r *Reader) Copy(offset, length uint32) ([]byte, error) {
	if length > tee.MaxBulk {
		return nil, ErrRange
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if uint64(offset)+uint64(length) > uint64(len(r.memory)) {
		return nil, ErrRange
	}
	return append(make([]byte, 0, length), r.memory[offset:offset+length]...), nil
}

// View calls f with the bytes themselves, which may change while it looks: for
// the hardware environment's digest only.
func (r *Reader) View(offset, length uint32, f func([]byte)) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if uint64(offset)+uint64(length) > uint64(len(r.memory)) {
		return ErrRange
	}
	f(r.memory[offset : offset+length : offset+length])
	return nil
}

// Close unmaps the region.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	memory := r.memory
	r.memory = nil
	if memory == nil {
		return nil
	}
	return unix.Munmap(memory)
}
