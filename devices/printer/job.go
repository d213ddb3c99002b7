package printer

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Job is something that is to be printed, or a kick of the drawer.
type Job struct {
	number   uint64
	data     []byte
	kick     bool
	attempts int // by the printer's goroutine alone

	ctx    context.Context // ends when the job has ended, is too late, or the printer is closed
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of a job that is done
}

// Number counts the printer's jobs from 1.
func (j *Job) Number() uint64 { return j.number }

// Done is closed when the job has ended.
func (j *Job) Done() <-chan struct{} { return j.done }

// Wait waits until the job has ended: nil when it was printed, an [ErrGivenUp] with its cause when not, the context's
// error when that ends first; the job stays in the queue then.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.err
	default:
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Submit puts a job into the queue and returns at once, whatever the printer does: this is what a sale calls. The bytes
// must be whole commands, as package escpos writes them; they are not copied. Errors: ErrEmpty, ErrFull, ErrClosed.
func (p *Printer) Submit(job []byte) (*Job, error) {
	if len(job) == 0 {
		return nil, ErrEmpty
	}
	return p.submit(job, false, p.settings.Keep)
}

// SubmitKick has the drawer opened and returns at once. It goes ahead of what waits. Errors: ErrFull, ErrClosed.
func (p *Printer) SubmitKick() (*Job, error) {
	pin := byte(p.settings.DrawerPin & 1)
	return p.submit([]byte{0x1b, 'p', pin, 25, 250}, true, p.settings.KickKeep)
}

// Print submits a job and waits for its end, for whoever wants to know: a test page. See [Printer.Submit] and [Job.Wait].
func (p *Printer) Print(ctx context.Context, job []byte) error {
	j, err := p.Submit(job)
	if err != nil {
		return err
	}
	return j.Wait(ctx)
}

// Kick opens the drawer and waits until the printer has the command, at most Settings.KickKeep.
func (p *Printer) Kick(ctx context.Context) error {
	j, err := p.SubmitKick()
	if err != nil {
		return err
	}
	return j.Wait(ctx)
}

func (p *Printer) submit(data []byte, kick bool, keep time.Duration) (*Job, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, ErrClosed
	case !kick && p.receipts() >= p.settings.Most: // a drawer opens however many receipts wait
		return nil, ErrFull
	}
	p.last++
	j := &Job{number: p.last, data: data, kick: kick, done: make(chan struct{})}
	j.ctx, j.cancel = context.WithTimeoutCause(p.ctx, keep, ErrTooLate)
	p.queue = append(p.queue, j)
	p.owned.Add(1)
	context.AfterFunc(j.ctx, func() { // it is too late, or the printer is closed, or the job has ended
		defer p.owned.Done()
		cause := context.Cause(j.ctx)
		if state := p.feed.state(); errors.Is(cause, ErrTooLate) && state.Err != nil {
			cause = state.Err // why it was not printed in time
		}
		p.finish(j, &givenUp{cause})
	})
	p.count()
	select {
	case p.wake <- struct{}{}:
	default: // it will look
	}
	return j, nil
}

// receipts counts the jobs that are no kicks. p.mu is held.
func (p *Printer) receipts() (n int) {
	for _, j := range p.queue {
		if !j.kick {
			n++
		}
	}
	return n
}

// count tells how many wait. p.mu is held.
func (p *Printer) count() {
	waiting := len(p.queue)
	p.feed.change(p.settings.Clock(), func(s *State) { s.Waiting = waiting })
}

// finish ends a job, once.
func (p *Printer) finish(j *Job, err error) {
	p.mu.Lock()
	i := slices.Index(p.queue, j)
	if i < 0 {
		p.mu.Unlock()
		return
	}
	p.queue = slices.Delete(p.queue, i, i+1)
	p.count()
	p.mu.Unlock()
	j.err = err
	if err != nil {
		p.settings.Log.Warn("printer job given up", "job", j.number, "kick", j.kick, "error", err)
	}
	if !j.kick {
		p.settings.Ended(j.number, err)
	}
	close(j.done)
	j.cancel()
}

// next is the job to print: a kick before all else, and only that where receipts cannot be printed.
func (p *Printer) next(kicksOnly bool) *Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.queue {
		if j.kick {
			return j
		}
	}
	if kicksOnly || len(p.queue) == 0 {
		return nil
	}
	return p.queue[0]
}
