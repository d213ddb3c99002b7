package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"countersign/app/program/victim"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// The guards that can be taken away, to see whether the harness notices. They are
// taken away here, between the real parts; the real parts know nothing of it.
const (
	// acknowledgesEarly: the journal says that an entry is on the disk before it
	// is.
	acknowledgesEarly = "acknowledges-before-sync"
	// neverReverses: what is unknown is not taken back.
	neverReverses = "never-reverses"
)

func guards() string { return strings.Join([]string{acknowledgesEarly, neverReverses}, ", ") }

// without takes a guard away.
func without(guard string, ports *sale.Ports) error {
	switch guard {
	case "":
	case acknowledgesEarly:
		early := &early{Journal: ports.Journal, waiting: make(chan sale.Entry, 1000)}
		go early.write()
		ports.Journal = early
	case neverReverses:
		ports.Settler = unreversing{ports.Settler}
	default:
		return errors.New("no such guard; there are " + guards())
	}
	return nil
}

// early writes what it has acknowledged a little later. It ends with the process.
type early struct {
	sale.Journal
	waiting chan sale.Entry
}

func (e *early) Append(_ context.Context, entry sale.Entry) error {
	e.waiting <- entry
	return nil
}

func (e *early) write() {
	for entry := range e.waiting {
		victim.Pause(context.Background(), 200*time.Millisecond)
		_ = e.Journal.Append(context.Background(), entry)
	}
}

type unreversing struct{ sale.Settler }

func (unreversing) Reverse(context.Context, protocol.Advice) (sale.Answer, error) {
	return sale.Answer{}, sale.ErrNotSent
}
