package printer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Printer is one printer and its queue. Its methods may be called by several goroutines.
type Printer struct {
	settings Settings
	target   target
	ctx      context.Context
	cancel   context.CancelCauseFunc
	owned    sync.WaitGroup // run, and one for each job
	feed     feed
	wake     chan struct{} // something was submitted

	mu     sync.Mutex
	queue  []*Job
	last   uint64
	closed bool
}

// Open begins to look for the printer and returns at once: jobs can be submitted before it is there. It lives until Close or
// the end of ctx. The only error is ErrAddress.
func Open(ctx context.Context, s Settings) (*Printer, error) {
	s, t, err := s.filled()
	if err != nil {
		return nil, err
	}
	p := &Printer{settings: s, target: t, wake: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	p.feed.last = State{Phase: PhaseOpening, Word: WordOpening, Since: s.Clock()}
	p.owned.Add(1)
	go p.run()
	return p, nil
}

// Close gives up what waits (ErrClosed) and lets the printer go. It waits for that, seconds at most.
func (p *Printer) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel(ErrClosed)
	p.owned.Wait()
	p.feed.close()
	return nil
}

// State tells how the printer is now.
func (p *Printer) State() State { return p.feed.state() }

// States gives the present state and every later one; a receiver that is slow finds only the latest. The channel is closed
// by Close.
func (p *Printer) States() <-chan State { return p.feed.join() }

// run looks for the printer and serves it, again and again.
func (p *Printer) run() {
	defer p.owned.Done()
	seen, pause := false, p.settings.Retry
	for p.ctx.Err() == nil {
		l, err := p.target.dial(p.ctx)
		if err == nil {
			seen = true
			var well bool
			well, err = p.serve(l)
			if closing := l.Close(); closing != nil {
				p.settings.Log.Debug("printer closed", "error", closing)
			}
			if well {
				pause = p.settings.Retry
			}
		}
		if p.ctx.Err() != nil {
			return
		}
		p.down(seen, err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-p.ctx.Done():
		}
		timer.Stop()
		pause = min(2*pause, 16*p.settings.Retry)
	}
}

// down tells that there is no printer to talk to, or none that answers.
func (p *Printer) down(seen bool, err error) {
	p.become(func(s *State) {
		switch mute := errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled) || errors.Is(err, ErrStalled); {
		case errors.Is(err, ErrStalled) && s.Phase == PhaseAttention: // for the reason that is known
		case mute:
			s.Phase, s.Word, s.Err = PhaseAttention, WordSilent, err
		case seen:
			s.Phase, s.Word, s.Err = PhaseLost, WordLost, err
		default:
			s.Phase, s.Word, s.Err = PhaseMissing, WordMissing, err
		}
	})
}

func (p *Printer) become(next func(*State)) {
	if p.feed.change(p.settings.Clock(), next) {
		s := p.feed.state()
		p.settings.Log.Info("printer", "phase", s.Phase.String(), "word", string(s.Word), "error", s.Err)
	}
}
