package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/devices/contactless/virtualreader"
)

// market is stalls that sell by tap, side by side, and settlement.
type market struct {
	dir, programs string
	url           string
	listen        string // settlement's address, kept over its restarts
	settlement    *process
	daemons       []*virtualreader.Daemon // two readers each
	stalls        []*stall
	tokens        []string // directories of the terminals' tokens, or nil

	missed atomic.Int64 // how often the service did not see a card until it was lifted
	past   atomic.Int64 // how often a story did not come to its mishap

	over      chan struct{}
	answering sync.WaitGroup
	mu        sync.Mutex
	closing   []func(context.Context) error
}

// openMarket opens a market of a world in a new directory.
func openMarket(ctx context.Context, programs string, world virtualrealm.World, tokens []string) (m *market, err error) {
	m = &market{programs: programs, over: make(chan struct{}), listen: "127.0.0.1:0", tokens: tokens}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close(context.WithoutCancel(ctx)))
		}
	}()
	if m.dir, err = os.MkdirTemp("", "taps"); err != nil {
		return nil, err
	}
	if err := world.Write(m.worldFile()); err != nil {
		return nil, err
	}
	if err := m.openSettlement(ctx); err != nil {
		return nil, err
	}
	for n := 0; n < len(world.Shops); n += virtualreader.Readers {
		d, err := virtualreader.Start(ctx, virtualreader.Options{Dir: filepath.Join(m.dir, fmt.Sprint("reader", n))})
		if err != nil {
			return nil, err
		}
		m.daemons = append(m.daemons, d)
		m.atEnd(func(context.Context) error { return d.Close() })
	}
	m.stalls = make([]*stall, len(world.Shops))
	opening, each := errgroup.WithContext(ctx)
	for n := range world.Shops {
		opening.Go(func() (err error) {
			m.stalls[n], err = openStall(each, m, n)
			return err
		})
	}
	return m, opening.Wait()
}

// atEnd has something done when the market closes, the last first.
func (m *market) atEnd(do func(context.Context) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closing = append(m.closing, do)
}

func (m *market) worldFile() string { return filepath.Join(m.dir, "world.json") }

func (m *market) openSettlement(ctx context.Context) (err error) {
	m.settlement, err = start(new(atomic.Int64), "settlement", filepath.Join(m.programs, "settlementvictim"), "serve",
		"--world", m.worldFile(), "--data", filepath.Join(m.dir, "settlement"), "--listen", m.listen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, bootTime)
	defer stop()
	ready, err := m.settlement.until(ctx, victim.Ready)
	m.listen, m.url = ready.Address, "https://"+ready.Address
	return err
}

// books are settlement's.
func (m *market) books(ctx context.Context) (victim.Books, error) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	return ask[victim.Books](ctx, m.settlement, "books")
}

func (m *market) close(ctx context.Context) error {
	close(m.over)
	var errs []error
	var stalls sync.WaitGroup
	for _, s := range m.stalls {
		if s != nil {
			stalls.Go(func() {
				err := s.close()
				m.mu.Lock()
				defer m.mu.Unlock()
				errs = append(errs, err)
			})
		}
	}
	stalls.Wait()
	for _, done := range slices.Backward(m.closing) {
		errs = append(errs, done(ctx))
	}
	m.answering.Wait()
	if m.settlement != nil {
		errs = append(errs, m.settlement.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(m.dir))...)
}
