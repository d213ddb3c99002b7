package mediation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/monitor"
)

// Settings say how the sides are joined.
type Settings struct {
	RegionBytes int           // of shared memory, each way; [tee.DefaultRegion] when 0
	Patience    time.Duration // how long a side may leave a message waiting; 10 s when 0
	Grace       time.Duration // how long the trusted application has to end; 5 s when 0
}

func (s Settings) filled() Settings {
	if s.RegionBytes == 0 {
		s.RegionBytes = tee.DefaultRegion
	}
	if s.Patience == 0 {
		s.Patience = 10 * time.Second
	}
	if s.Grace == 0 {
		s.Grace = 5 * time.Second
	}
	return s
}

// Process is the trusted application, running.
type Process interface {
	Exited() <-chan struct{} // closed once it has ended
	Kill()
	Status() string // how it ended, once it has
}

// Supervise joins the two sides until both have ended, and closes both ports. It
// returns nil when the client finalized or ctx ended and the trusted application
// ended by itself.
func Supervise(ctx context.Context, client, trusted *messageport.Port, process Process, record Recorder, settings Settings) error {
	defer client.Close()
	defer trusted.Close()
	settings = settings.filled()
	first, relay, passed := join(ctx, client, trusted, process, record, settings)
	ended := first.err
	if relay != nil {
		_ = record.Record(monitor.Entry{What: monitor.WhatEnded, From: first.side.String(), Note: describe(ended)})
	}
	broke := new(fault)
	breach := errors.As(ended, &broke)
	atOnce := breach && first.side == tee.Trusted
	orderly := endTrusted(trusted, process, settings, atOnce)
	_ = record.Record(monitor.Entry{What: monitor.WhatEnded, From: "trusted", Note: process.Status()})
	text := "the trusted application has ended: " + process.Status()
	if relay == nil {
		text = fmt.Sprintf("the trusted application did not start: %s: %v", process.Status(), ended)
	}
	if err := client.SendBefore(&tee.Message{Kind: tee.KindGone, Text: text[:min(len(text), tee.MaxText)]}, time.Now().Add(settings.Patience)); err != nil || breach && first.side == tee.Client {
		client.Close() // it does not listen, or keeps to no rules
	}
	trusted.Close()
	// The client answers that word by closing its end. Until then what it still sends
	// is taken: a socket that is closed with something unread resets the other end,
	// and the word would be lost.
	client.ReceiveUntil(time.Now().Add(settings.Grace))
	if relay != nil {
		passed()
		relay.Close()
	}
	client.Drain()
	client.Close()
	if orderly && (errors.Is(ended, errFinalize) || errors.Is(ended, context.Canceled)) {
		return nil
	}
	return errors.New(text)
}

// endTrusted has the trusted application end, and waits; it reports whether that
// went without force.
func endTrusted(trusted *messageport.Port, process Process, settings Settings, atOnce bool) bool {
	if !atOnce {
		_ = trusted.SendBefore(&tee.Message{Kind: tee.KindTerminate}, time.Now().Add(settings.Grace))
		grace := time.NewTimer(settings.Grace)
		defer grace.Stop()
		select {
		case <-process.Exited():
			return true
		case <-grace.C:
		}
	}
	process.Kill()
	<-process.Exited()
	return false
}

// over is how a side ended.
type over struct {
	side tee.Side
	err  error
}

// join connects the sides and returns when the first has ended; passed waits for
// all that goes on passing.
func join(ctx context.Context, client, trusted *messageport.Port, process Process, record Recorder, settings Settings) (first over, relay *Relay, passed func()) {
	connected := make(chan struct{})
	watched := make(chan struct{})
	go func() { // ends the wait below
		defer close(watched)
		select {
		case <-ctx.Done():
		case <-process.Exited():
		case <-connected:
			return
		}
		client.Interrupt()
		trusted.Interrupt()
	}()
	relay, err := Connect(client, trusted, settings.RegionBytes, record, settings.Patience)
	close(connected)
	<-watched
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		if relay != nil {
			relay.Close()
		}
		return over{tee.Client, err}, nil, nil
	}
	ends := make(chan over, 2)
	done := make(chan struct{})
	go func() {
		defer func() { done <- struct{}{} }()
		err := relay.Pass(tee.Client)
		ends <- over{tee.Client, err}
		// What is still said to one that is gone is thrown away, unless by one who
		// does not listen himself.
		for none := new(notTaken); errors.As(err, &none) && !relay.deaf[tee.Client].Load(); {
			err = relay.Pass(tee.Client)
		}
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		err := relay.Pass(tee.Trusted)
		ends <- over{tee.Trusted, err}
		for none := new(notTaken); errors.As(err, &none); { // let it end without waiting for a client that is gone
			err = relay.Pass(tee.Trusted)
		}
	}()
	passed = func() { <-done; <-done }
	select {
	case first = <-ends:
	case <-process.Exited():
		select { // what it sent last is passed on first
		case first = <-ends:
		case <-time.After(time.Second): // somebody else holds its end
			first = over{tee.Trusted, io.EOF}
		}
	case <-ctx.Done():
		first = over{tee.Client, context.Canceled}
	}
	if none := new(notTaken); errors.As(first.err, &none) {
		first.side = none.side
	}
	return first, relay, passed
}

// describe says in words how a side ended.
func describe(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "it closed"
	case err == nil:
		return ""
	}
	return err.Error()
}
