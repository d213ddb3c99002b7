//go:build !linux

// Package messageport carries messages over a socket pair; this system has none
// that can.
package messageport

import (
	"os"
	"time"

	"countersign/app/wallet/tee"
)

// Port is for Linux only.
type Port struct{}

// Pair is for Linux only.
func Pair() (a, b *os.File, err error) { return nil, nil, tee.ErrUnsupported }

// Open is for Linux only.
func Open(*os.File) (*Port, error) { return nil, tee.ErrUnsupported }

// Inherited is for Linux only.
func Inherited() (*Port, error) { return nil, tee.ErrUnsupported }

// Send is for Linux only.
func (p *Port) Send(*tee.Message) error { return tee.ErrUnsupported }

// SendBefore is for Linux only.
func (p *Port) SendBefore(*tee.Message, time.Time) error { return tee.ErrUnsupported }

// SendFile is for Linux only.
func (p *Port) SendFile(*tee.Message, *os.File) error { return tee.ErrUnsupported }

// Receive is for Linux only.
func (p *Port) Receive() (tee.Message, error) { return tee.Message{}, tee.ErrUnsupported }

// ReceiveFile is for Linux only.
func (p *Port) ReceiveFile() (tee.Message, *os.File, error) {
	return tee.Message{}, nil, tee.ErrUnsupported
}

// Close is for Linux only.
func (p *Port) Close() error { return nil }

// Interrupt is for Linux only.
func (p *Port) Interrupt() {}
