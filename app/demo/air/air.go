// Package air is the space between the phone and what reads it: it passes on what a
// reader's driver (vpcd) and a card say to each other, keeps a record of it as anyone
// with an aerial could, and can lose the field in the middle of an answer. It can bring
// the phone before a stranger's reader as well.
//
// # Guarantees
//
//   - Frames are passed on whole and unchanged, but for the one that is cut.
//   - Close ends everything that was begun and waits for it.
package air

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
)

// Exchange is a command and its answer as they were heard; the answer of one that was
// cut is what was sent of it.
type Exchange struct{ Command, Answer []byte }

// Air is what the phone's radio attaches to. Make one with Open; its methods may be
// called by any goroutine.
type Air struct {
	reader   string
	listener net.Listener
	ctx      context.Context
	end      context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	heard    []Exchange
	cut      byte // the instruction whose next answer is cut; 0 for none
	stranger chan *net.TCPConn
}

// Open puts the phone before a reader, "host:port". Close ends it.
func Open(reader string) (*Air, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the air before %s: %w", reader, err)
	}
	a := &Air{reader: reader, listener: listener}
	a.ctx, a.end = context.WithCancel(context.Background())
	a.running.Go(a.accept)
	return a, nil
}

// Address is what the phone's radio attaches to, "127.0.0.1:port".
func (a *Air) Address() string { return a.listener.Addr().String() }

// CutWithin loses the field in the middle of the next answer to an instruction.
func (a *Air) CutWithin(instruction byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cut = instruction
}

// Heard is what was said since the last call.
func (a *Air) Heard() []Exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	heard := a.heard
	a.heard = nil
	return heard
}

// Close takes every phone out of the field.
func (a *Air) Close() error {
	a.end()
	err := a.listener.Close()
	a.running.Wait()
	if err != nil {
		return fmt.Errorf("close the air: %w", err)
	}
	return nil
}

func (a *Air) accept() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return // Close
		}
		phone := conn.(*net.TCPConn)
		a.mu.Lock()
		stranger := a.stranger
		a.stranger = nil
		a.mu.Unlock()
		if stranger != nil {
			stranger <- phone // has room for it
			continue
		}
		a.running.Go(func() { a.between(phone) })
	}
}

// between passes frames between a phone and the reader until one of them has gone.
func (a *Air) between(phone *net.TCPConn) {
	defer phone.Close()
	conn, err := new(net.Dialer).DialContext(a.ctx, "tcp", a.reader)
	if err != nil {
		return // the phone is told by its link
	}
	reader := conn.(*net.TCPConn)
	defer reader.Close()
	defer context.AfterFunc(a.ctx, func() { _, _ = phone.Close(), reader.Close() })()
	asked := make(chan []byte, 64)
	var down sync.WaitGroup
	defer down.Wait()
	defer phone.Close()
	defer reader.Close()
	down.Go(func() {
		defer phone.Close()
		for {
			payload, err := read(reader)
			if err != nil {
				return
			}
			if answered(payload) { // before it is sent: its answer may be quick
				select {
				case asked <- payload:
				default:
					return // a reader that does not wait for answers
				}
			}
			if write(phone, payload) != nil {
				return
			}
		}
	})
	for {
		answer, err := read(phone)
		if err != nil {
			return
		}
		var command []byte
		select {
		case command = <-asked:
		default:
			return // an answer to nothing
		}
		if a.hear(command, answer) {
			raw := frame(answer)
			_, _ = reader.Write(raw[:2+(len(answer)+1)/2])
			return
		}
		if write(reader, answer) != nil {
			return
		}
	}
}

// hear keeps an exchange, and says whether the field is lost within its answer.
func (a *Air) hear(command, answer []byte) (cut bool) {
	if len(command) < 2 {
		return false // a control: power, the answer to reset
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// A link of a chain is answered without data: the last one has the answer.
	cut = a.cut != 0 && command[1] == a.cut && len(answer) > 2
	if cut {
		a.cut = 0
		answer = answer[:(len(answer)+1)/2]
	}
	a.heard = append(a.heard, Exchange{slices.Clone(command), slices.Clone(answer)})
	return cut
}

// The driver's control frames, of one byte each.
const (
	powerOff     = 0x00
	powerOn      = 0x01
	askForReset  = 0x04
	longestFrame = 1 << 12 // far above any short APDU
)

// answered says whether a frame of the reader's is answered.
func answered(payload []byte) bool { return len(payload) > 1 || payload[0] == askForReset }

var errFrame = errors.New("not a frame of a virtual reader's")

// read reads a frame: its length in two bytes, the more significant first.
func read(conn *net.TCPConn) ([]byte, error) {
	var header [2]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return nil, err
	}
	quickAck(conn)
	length := binary.BigEndian.Uint16(header[:])
	if length == 0 || length > longestFrame {
		return nil, errFrame
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(conn, payload)
	return payload, err
}

func frame(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(payload))), payload...)
}

func write(conn *net.TCPConn, payload []byte) error {
	_, err := conn.Write(frame(payload))
	return err
}
