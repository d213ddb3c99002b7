package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/protocol"
)

type tlsConn = *tls.Conn

// messages names what settlement is asked, in fail points, by its path.
var messages = map[string]string{
	protocol.PathCertificate: "certificate", protocol.PathPayments: "payment", protocol.PathQueries: "query", protocol.PathReversals: "reversal",
	protocol.PathAcknowledgements: "acknowledgement", protocol.PathRefunds: "refund", protocol.PathTotals: "totals",
	protocol.PathAnchors: "anchor", protocol.PathAccounts: "account", protocol.PathDeposits: "deposit",
	protocol.PathVirtualCards: "virtual-card", protocol.PathCardStates: "card-state", protocol.PathLoads: "load", protocol.PathTransfers: "transfer",
	protocol.PathTaps: "tap", protocol.PathAbandonments: "abandonment", protocol.PathCardBlocklist: "blocklist",
}

// The stages of a message at settlement.
const (
	received = "received" // read whole, nothing done
	decided  = "decided"  // all is done, the answer is ready, nothing of it written
	answered = "answered" // the answer was written
)

func point(message, stage string) string { return "service." + message + "." + stage }

func wirePoints() []string {
	var names []string
	for _, message := range messages {
		for _, stage := range []string{received, decided, answered} {
			names = append(names, point(message, stage))
		}
	}
	return names
}

// What can happen to a message on its way.
const (
	twice     = "message twice"         // its copy is worked on as well, at the same time
	again     = "message again, later"  // its copy arrives once more, after others
	held      = "message held up"       // others overtake it
	lost      = "message lost"          // it never arrives
	unheard   = "answer lost"           // it is done, and the line is cut
	late      = "answer held up"        // longer than the client waits
	mostLater = 1500 * time.Millisecond // the longest that something is late
)

var happenings = []string{twice, again, held, lost, unheard, late}

// wire stands between the network and the real service: fail points, and
// messages and answers that come twice, late, in another order or not at all.
// TLS ends before it, so that these are whole messages.
type wire struct {
	service http.Handler
	points  *victim.Points
	share   float64
	ctx     context.Context
	cancel  context.CancelFunc
	copies  sync.WaitGroup

	mu       sync.Mutex
	random   *rand.Rand
	happened map[string]int
}

func newWire(service http.Handler, points *victim.Points, share float64, seed uint64) *wire {
	w := &wire{service: service, points: points, share: share, random: rand.New(rand.NewPCG(seed, 17)), happened: map[string]int{}}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// close waits for copies that are still on their way.
func (w *wire) close() {
	w.cancel()
	w.copies.Wait()
}

// heal ends all mishaps.
func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.share = 0
}

func (w *wire) counts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.happened)
}

// happens draws what happens to a message, "" for nothing, and a time for it.
func (w *wire) happens() (what string, later time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.random.Float64() < w.share {
		what = happenings[w.random.IntN(len(happenings))]
		w.happened[what]++
	}
	return what, time.Duration(w.random.Int64N(int64(mostLater)))
}

// ServeHTTP carries one message.
func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	message := messages[r.URL.Path]
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.points.Hit(point(message, received))
	what, later := w.happens()
	switch what {
	case lost:
		panic(http.ErrAbortHandler)
	case held:
		w.sleep(later / 2)
	case twice:
		w.copy(r, body, 0)
	case again:
		w.copy(r, body, later)
	}
	answer := w.carry(r, body)
	w.points.Hit(point(message, decided))
	switch what {
	case unheard:
		panic(http.ErrAbortHandler)
	case late:
		w.sleep(later)
	}
	maps.Copy(out.Header(), answer.Header())
	out.WriteHeader(answer.Code)
	_, err = out.Write(answer.Body.Bytes())
	if flushed := http.NewResponseController(out).Flush(); err == nil && flushed == nil {
		w.points.Hit(point(message, answered))
	}
}

// carry has the real service work on a message.
func (w *wire) carry(r *http.Request, body []byte) *httptest.ResponseRecorder {
	one := r.Clone(context.WithoutCancel(r.Context()))
	one.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	w.service.ServeHTTP(answer, one)
	return answer
}

// copy has a message arrive once more; its answer goes nowhere.
func (w *wire) copy(r *http.Request, body []byte, later time.Duration) {
	r = r.Clone(context.WithoutCancel(r.Context()))
	w.copies.Go(func() {
		if w.sleep(later) {
			w.carry(r, body)
		}
	})
}

// sleep waits; false when everything ends meanwhile.
func (w *wire) sleep(d time.Duration) bool { return victim.Pause(w.ctx, d) }

// errGuard says that there is no such guard.
var errGuard = errors.New("no such guard; there are " + guards())

func guards() string { return strings.Join([]string{forgetsOutcomes, movesTwice}, ", ") }
