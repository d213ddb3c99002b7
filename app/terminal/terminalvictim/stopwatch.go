package main

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"io"
	"sync"
	"time"

	"countersign/app/terminal/sale"
)

// stopwatch adds up how long parts of a tap took, by name, from its first APDU on. It
// is safe for concurrent use.
type stopwatch struct{ *kept }

type kept struct {
	mu    sync.Mutex
	began time.Time
	took  map[string]time.Duration
}

func newStopwatch() stopwatch { return stopwatch{&kept{took: map[string]time.Duration{}}} }

// add adds to a part; the first transmission begins the whole.
func (s stopwatch) add(part string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if part == "transmit" && s.began.IsZero() {
		s.began = time.Now().Add(-took)
		clear(s.took) // what was before is not of the tap
	}
	s.took[part] += took
}

// count counts, under a name beside the times.
func (s stopwatch) count(what string, n int) { s.add(what, time.Duration(n)) }

// since notes how long it is since the first transmission.
func (s stopwatch) since(part string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[part] = time.Since(s.began)
}

// take returns what was added since the first transmission, and the whole, and begins anew.
func (s stopwatch) take() map[string]time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.took
	if !s.began.IsZero() {
		taken["whole"] = time.Since(s.began)
	}
	s.took, s.began = map[string]time.Duration{}, time.Time{}
	return taken
}

// timed is a journal whose time is taken.
type timed struct {
	sale.Journal
	clock stopwatch
}

func (t timed) Append(ctx context.Context, e sale.Entry) error {
	if e.Event == sale.EventTapResult { // which was verified before
		t.clock.since("field")
	}
	defer func(began time.Time) { t.clock.add("journal "+string(e.Event), time.Since(began)) }(time.Now())
	return t.Journal.Append(ctx, e)
}

// timedSigner and timedAgreement are keys whose time is taken.
type timedSigner struct {
	crypto.Signer
	clock stopwatch
}

func (t timedSigner) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	defer func(began time.Time) { t.clock.add("token", time.Since(began)) }(time.Now())
	return t.Signer.Sign(random, digest, o)
}

type timedAgreement struct {
	ecdh.KeyExchanger
	clock stopwatch
}

func (t timedAgreement) ECDH(k *ecdh.PublicKey) ([]byte, error) {
	defer func(began time.Time) { t.clock.add("token", time.Since(began)) }(time.Now())
	return t.KeyExchanger.ECDH(k)
}
