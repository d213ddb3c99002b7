package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline"
)

// Line is the serial line that a sensor hangs on: package serialline's, or a
// test's. Read waits for at least one byte; errors are the serial line's.
type Line interface {
	Read(ctx context.Context, p []byte) (int, error)
	Write(ctx context.Context, p []byte) (int, error)
	Discard() error
	Close() error
}

// quiet is how long nothing must come for the line to count as drained.
const quiet = 150 * time.Millisecond

// longestSend is how long a sensor that was interrupted in mid-picture may go on
// sending: 36,864 bytes at 38400 baud and what goes round them.
const longestSend = 12 * time.Second

// longestCommand is how long a line may take to take a command of some 16 bytes.
const longestCommand = 2 * time.Second

// link exchanges packets with the sensor at one address.
type link struct {
	line     Line
	address  uint32
	patience time.Duration // silence that ends a wait
	decoder  wire.Decoder
	buffer   [512]byte
}

// command sends an instruction and returns what follows OK in the answer. A damaged
// or missing answer is asked for again, tries times in all; every instruction
// used here may be repeated. An answer that came after all would be taken for the next
// instruction's: it is drained.
func (k *link) command(ctx context.Context, tries int, i wire.Instruction, parameters ...byte) ([]byte, error) {
	for try := 1; ; try++ {
		answer, err := k.once(ctx, i, parameters)
		again := ctx.Err() == nil && (errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled))
		if again && try >= tries || !again && try == 1 {
			return answer, err
		}
		if err := k.drain(ctx); err != nil {
			return nil, err
		}
		if !again {
			return answer, err
		}
	}
}

func (k *link) once(ctx context.Context, i wire.Instruction, parameters []byte) ([]byte, error) {
	packet := wire.Packet{Address: k.address, Kind: wire.Command, Payload: append([]byte{byte(i)}, parameters...)}
	line, err := wire.Append(nil, packet)
	if err != nil {
		return nil, fmt.Errorf("fingerprint sensor: instruction %02x: %w", byte(i), err)
	}
	sending, cancel := context.WithTimeout(ctx, longestCommand)
	defer cancel()
	if _, err := k.line.Write(sending, line); err != nil {
		return nil, k.waited(ctx, err)
	}
	p, err := k.receive(ctx)
	if err != nil {
		return nil, err
	}
	if p.Kind != wire.Ack {
		clear(p.Payload) // perhaps the rest of a picture
		return nil, fmt.Errorf("%w: packet of kind %02x where an answer belongs", ErrGarbled, byte(p.Kind))
	}
	if code := wire.Confirmation(p.Payload[0]); code != wire.OK {
		return nil, &ConfirmationError{i, code}
	}
	return p.Payload[1:], nil
}

// receive waits for one packet, at most patience for each part of it to arrive.
func (k *link) receive(ctx context.Context) (wire.Packet, error) {
	for {
		p, ok, err := k.decoder.Next()
		if err != nil {
			return p, fmt.Errorf("%w: %w", ErrGarbled, err)
		}
		if ok {
			if p.Address != k.address {
				clear(p.Payload)
				return wire.Packet{}, fmt.Errorf("%w: answer from address %08x", ErrGarbled, p.Address)
			}
			return p, nil
		}
		if err := k.read(ctx, k.patience); err != nil {
			return p, err
		}
	}
}

// read waits at most limit for bytes and hands them to the decoder.
func (k *link) read(ctx context.Context, limit time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	n, err := k.line.Read(waiting, k.buffer[:])
	if err != nil {
		return k.waited(ctx, err)
	}
	k.decoder.Write(k.buffer[:n])
	clear(k.buffer[:n])
	return nil
}

// waited turns the end of our own limit into ErrSilent, and leaves the caller's
// and the line's errors as they are.
func (k *link) waited(ctx context.Context, err error) error {
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return ErrSilent
	}
	if errors.Is(err, serialline.ErrStuck) {
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	return err
}

// drain reads and drops until the line is quiet, so that the next answer is one
// to the next instruction.
func (k *link) drain(ctx context.Context) error {
	defer k.decoder.Reset()
	for end := time.Now().Add(longestSend); time.Now().Before(end); k.decoder.Reset() {
		if err := k.read(ctx, quiet); errors.Is(err, ErrSilent) {
			return k.line.Discard()
		} else if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it does not stop sending", ErrGarbled)
}

func (k *link) close() error {
	k.decoder.Reset()
	return k.line.Close()
}
