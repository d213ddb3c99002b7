//go:build !linux

package sharedmemory

import (
	"context"
	"os"

	"countersign/app/wallet/tee"
)

// Create is for Linux only.
func Create(string, int) (*os.File, error) { return nil, tee.ErrUnsupported }

// Seal is for Linux only.
func Seal(*os.File) error { return tee.ErrUnsupported }

// Writer is for Linux only.
type Writer struct{}

// MapWriter is for Linux only.
func MapWriter(*os.File, int) (*Writer, error) { return nil, tee.ErrUnsupported }

// Put is for Linux only.
func (w *Writer) Put(context.Context, []byte) (uint32, error) { return 0, tee.ErrUnsupported }

// Write is for Linux only.
func (w *Writer) Write(uint32, []byte) error { return tee.ErrUnsupported }

// Release is for Linux only.
func (w *Writer) Release(uint32) error { return tee.ErrUnsupported }

// Close is for Linux only.
func (w *Writer) Close() error { return nil }

// Reader is for Linux only.
type Reader struct{}

// MapReader is for Linux only.
func MapReader(*os.File, int) (*Reader, error) { return nil, tee.ErrUnsupported }

// Copy is for Linux only.
func (r *Reader) Copy(uint32, uint32) ([]byte, error) { return nil, tee.ErrUnsupported }

// View is for Linux only.
func (r *Reader) View(uint32, uint32, func([]byte)) error { return tee.ErrUnsupported }

// Close is for Linux only.
func (r *Reader) Close() error { return nil }
