package welcome

import (
	"context"
	"net"
	"sync"

	"countersign/settlementclient/enrolment"
)

// Phase is a part of the enrolment, as people see it go on.
type Phase int

// The phases, in order.
const (
	MakingKeys Phase = iota // in the secure unit
	Reaching                // the authority, and finding out that it is the right one
	Proving                 // possession of each key
	Keeping                 // certificate and what belongs to it, in the secure unit
	Enrolled
)

// Phases is how many there are before Enrolled.
const Phases = int(Enrolled)

// dialling opens connections as net.Dialer does.
type dialling func(ctx context.Context, network, address string) (net.Conn, error)

// Watch tells by what an enrolment does to its secure unit and to the network how far it
// is: it makes keys first, then opens a connection to meet the authority, then others over
// which it proves possession, and stores what it was given. begins is told each phase once,
// in order, on the goroutine of the enrolment.
func Watch(unit enrolment.Unit, dial dialling, begins func(Phase)) (enrolment.Unit, dialling) {
	w := &watch{begins: begins, next: MakingKeys}
	return watched{unit, w}, func(ctx context.Context, network, address string) (net.Conn, error) {
		w.dialled()
		return dial(ctx, network, address)
	}
}

type watch struct {
	begins func(Phase)

	mu    sync.Mutex // the transport dials on goroutines of its own
	next  Phase      // that was not told yet
	dials int
}

// reached tells every phase up to one that was not told yet.
func (w *watch) reached(p Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ; w.next <= p; w.next++ {
		w.begins(w.next)
	}
}

// dialled counts: over the first connection the authority is met, over the others it is
// proved to.
func (w *watch) dialled() {
	w.mu.Lock()
	w.dials++
	first := w.dials == 1
	w.mu.Unlock()
	if first {
		w.reached(Reaching)
	} else {
		w.reached(Proving)
	}
}

type watched struct {
	enrolment.Unit
	watch *watch
}

func (u watched) EnsureKey(ctx context.Context, use enrolment.Use) error {
	u.watch.reached(MakingKeys)
	return u.Unit.EnsureKey(ctx, use)
}

func (u watched) Store(ctx context.Context, label string, data []byte, secret bool) error {
	u.watch.reached(Keeping)
	return u.Unit.Store(ctx, label, data, secret)
}
