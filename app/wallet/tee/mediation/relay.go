package mediation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/monitor"
	"countersign/app/wallet/tee/sharedmemory"
)

// Recorder writes down what passes.
type Recorder interface {
	Record(monitor.Entry) error
}

// Relay stands between the two sides: it gave them their memory, and passes their
// messages on.
type Relay struct {
	ports    [2]*messageport.Port
	regions  [2]*sharedmemory.Reader // by the side that writes
	record   Recorder
	patience time.Duration
	deaf     [2]atomic.Bool // sides that take no more messages
}

// errFinalize is how a client ends that wants to.
var errFinalize = errors.New("finalized")

// fault is a side's breach of the protocol.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }

// notTaken says that a side does not take its messages.
type notTaken struct {
	side tee.Side
	err  error
}

func (n *notTaken) Error() string {
	return fmt.Sprintf("the %s side takes no messages: %v", n.side, n.err)
}

// Connect makes two regions of the size, in bytes, and hands each side its own to
// write and the other's to read. A side that does not take a message within
// patience is ended. Sides end the wait by closing their port.
func Connect(client, trusted *messageport.Port, size int, record Recorder, patience time.Duration) (*Relay, error) {
	r := &Relay{ports: [2]*messageport.Port{client, trusted}, record: record, patience: patience}
	var files [2]*os.File
	for _, side := range []tee.Side{tee.Client, tee.Trusted} {
		file, err := sharedmemory.Create("countersign-"+side.String(), size)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		files[side] = file
		if r.regions[side], err = sharedmemory.MapReader(file, size); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	for side, port := range r.ports {
		err := port.SendFile(&tee.Message{Kind: tee.KindAttach, Number: uint32(size)}, files[side])
		var m tee.Message
		if err == nil {
			m, err = port.Receive()
		}
		if err == nil && m.Kind != tee.KindMapped {
			err = fmt.Errorf("%s out of place", m.Kind)
		}
		if err == nil {
			err = sharedmemory.Seal(files[side])
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("give the %s side its memory: %w", tee.Side(side), err), r.Close())
		}
	}
	for side, port := range r.ports {
		if err := port.SendFile(&tee.Message{Kind: tee.KindShare, Number: uint32(size)}, files[1-side]); err != nil {
			return nil, errors.Join(fmt.Errorf("share memory with the %s side: %w", tee.Side(side), err), r.Close())
		}
	}
	return r, nil
}

// Pass passes on what a side sends until that side has ended, breaks the protocol
// or finalizes, or the other takes nothing any more; its error says which. What
// comes for a side that takes no messages is thrown away.
func (r *Relay) Pass(from tee.Side) error {
	to := 1 - from
	for {
		m, err := r.ports[from].Receive()
		if errors.Is(err, tee.ErrMalformed) {
			return r.refuse(from, &m, err)
		}
		if err != nil {
			return err
		}
		if !m.Kind.From(from) || m.Kind == tee.KindMapped {
			return r.refuse(from, &m, fmt.Errorf("%w: %s from the %s side", tee.ErrMalformed, m.Kind, from))
		}
		if m.HasBulk() {
			if err := r.regions[from].View(m.Offset, m.Length, func(b []byte) { m.Digest = sha256.Sum256(b) }); err != nil {
				return r.refuse(from, &m, err)
			}
		}
		if r.deaf[to].Load() {
			continue
		}
		if err := r.record.Record(entry(from, &m)); err != nil {
			return err // what cannot be recorded does not pass
		}
		if m.Kind == tee.KindFinalize {
			return errFinalize
		}
		if err := r.ports[to].SendBefore(&m, time.Now().Add(r.patience)); err != nil {
			r.deaf[to].Store(true)
			return &notTaken{to, err}
		}
	}
}

// entry is what the record says of a message.
func entry(from tee.Side, m *tee.Message) monitor.Entry {
	e := monitor.Entry{What: monitor.WhatMessage, From: from.String(), Kind: m.Kind.String(),
		ID: m.ID, Session: m.Session, Number: m.Number, Length: m.Length}
	if m.HasBulk() {
		e.SHA256 = hex.EncodeToString(m.Digest[:])
	}
	return e
}

func (r *Relay) refuse(from tee.Side, m *tee.Message, why error) error {
	e := monitor.Entry{What: monitor.WhatRefused, From: from.String(), Note: why.Error()}
	if m.Kind != 0 {
		e.Kind, e.ID, e.Session, e.Number, e.Length = m.Kind.String(), m.ID, m.Session, m.Number, m.Length
	}
	return &fault{errors.Join(why, r.record.Record(e))}
}

// Close unmaps the memory. Nothing may be passing.
func (r *Relay) Close() (err error) {
	for _, region := range r.regions {
		if region != nil {
			err = errors.Join(err, region.Close())
		}
	}
	return err
}
