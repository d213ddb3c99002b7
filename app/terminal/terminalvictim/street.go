package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// street is all the counters of this process.
type street struct {
	options
	talk     *victim.Talk
	points   *victim.Points
	counters []*counter
	tapping  *tapping // nil where sales are by scan

	selling context.CancelFunc
	sellers sync.WaitGroup
	measure measure
}

func (s *street) obey(ctx context.Context, talk *victim.Talk, o victim.Order) error {
	switch o.Do {
	case "sell":
		s.sell(ctx)
	case "pause":
		s.pause()
		talk.Say(victim.Word{Say: "paused"})
	case "state":
		state, err := s.state(ctx)
		if err != nil {
			return err
		}
		talk.Answer("state", state)
	case "journals":
		all := []victim.Account{}
		for _, c := range s.counters {
			a, err := c.account(ctx)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		talk.Answer("journals", all)
	case "measures":
		talk.Answer("measures", s.measure.take())
	default:
		return fmt.Errorf("no order %q", o.Do)
	}
	return nil
}

// sell has every cashier sell until pause.
func (s *street) sell(ctx context.Context) {
	s.pause()
	ctx, s.selling = context.WithCancel(ctx)
	for _, c := range s.counters {
		s.sellers.Go(func() { c.sell(ctx) })
	}
}

// pause waits until every cashier has ended the sale in hand.
func (s *street) pause() {
	if s.selling != nil {
		s.selling()
		s.sellers.Wait()
		s.selling = nil
	}
}

// state says how much is left to do.
func (s *street) state(ctx context.Context) (victim.State, error) {
	var all victim.State
	for _, c := range s.counters {
		open, err := c.journal.Open(ctx)
		if err != nil {
			return all, err
		}
		all.Open += len(open)
		all.Numbers += c.sold.Load()
	}
	return all, nil
}

func (s *street) close() error {
	s.pause()
	var errs []error
	for _, c := range s.counters {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// measure keeps how long settlement took to answer submissions.
type measure struct {
	mu     sync.Mutex
	took   []time.Duration
	failed map[string]int
}

func (m *measure) add(took time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		if m.failed == nil {
			m.failed = map[string]int{}
		}
		m.failed[err.Error()]++
		return
	}
	m.took = append(m.took, took)
}

// measured is a settler whose submissions are measured.
type measured struct {
	sale.Settler
	measure *measure
}

func (m measured) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	began := time.Now()
	a, err := m.Settler.Submit(ctx, e, about, attempt)
	m.measure.add(time.Since(began), err)
	return a, err
}

// take returns what was measured since it was taken last.
func (m *measure) take() victim.Measures {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.Sort(m.took)
	taken := victim.Measures{Answers: len(m.took), Failed: m.failed}
	if n := len(m.took); n > 0 {
		taken.P50, taken.P99, taken.Most = m.took[n/2], m.took[n*99/100], m.took[n-1]
	}
	m.took, m.failed = nil, nil
	return taken
}
