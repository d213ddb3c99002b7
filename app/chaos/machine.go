package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"countersign/app/chaos/powercut"
	"countersign/app/program/victim"
)

// power is what a machine's disk is, and what else depends on it.
type power interface {
	// cut takes the power away under a victim that stands still, ends everything
	// that uses the disk, and brings the power back.
	cut(ctx context.Context, p *process, random *rand.Rand) (powercut.Loss, error)
	// hold keeps others from taking the power away while a victim starts.
	hold(start func() error) error
}

// machine is a victim that is started again whenever it was ended.
type machine struct {
	name   string
	launch func() (*process, error)
	// ready is called when it works, each time.
	ready func(p *process, w victim.Word)
	power power
	plan  *schedule

	process *process
	points  []string
	lost    powercut.Loss
	starts  int
}

// bootTime bounds a start, recovery of the stores included.
const bootTime = time.Minute

func (m *machine) boot(ctx context.Context) error {
	return m.power.hold(func() error { return m.start(ctx) })
}

func (m *machine) start(ctx context.Context) error {
	p, err := m.launch()
	if err != nil {
		return err
	}
	m.process, m.starts = p, m.starts+1
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	w, err := p.until(ctx, victim.Ready)
	if err != nil {
		return err
	}
	m.points = w.Points
	m.plan.learn(w.Points)
	m.ready(p, w)
	return nil
}

// patience is how long a victim is given to come to a point before it is ended
// wherever it is.
const patience = 2 * time.Second

// torment ends the victim at one point after the other and starts it again, until
// ctx ends. Then it works, and no point is armed.
func (m *machine) torment(ctx context.Context, random *rand.Rand) error {
	life := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		// A while without faults, or nobody would ever get anywhere.
		if !victim.Pause(ctx, time.Duration(random.Int64N(int64(breath)))) {
			continue
		}
		if m.plan.rests(m.points) && !victim.Pause(ctx, rest) {
			continue
		}
		wanted := m.plan.wanting(m.points)
		if len(wanted) > 0 {
			m.process.tell(victim.Order{Do: victim.Arm, Points: wanted, After: after(random, len(wanted)), Stand: random.IntN(2) == 0})
		}
		ended, err := m.wait(ctx, random)
		if err != nil {
			return err
		}
		if ended {
			if err := m.boot(life); err != nil {
				return err
			}
		}
	}
	m.process.tell(victim.Order{Do: victim.Disarm})
	return m.calm(life)
}

// rest is how much longer a victim works whose points were all hit.
const rest = 3 * time.Second

// breath is how long a victim works at most before points are armed again.
const breath = 600 * time.Millisecond

// wait waits until the victim has ended at a point; one that comes to none is
// ended where it is, now and then.
func (m *machine) wait(ctx context.Context, random *rand.Rand) (ended bool, err error) {
	enough := time.NewTimer(patience)
	defer enough.Stop()
	for {
		select {
		case w, alive := <-m.process.words:
			switch {
			case !alive:
				return false, m.process.died()
			case w.Say == victim.Dying:
				return true, m.end(ctx, w, random)
			case w.Say == victim.Wrong:
				return false, fmt.Errorf("%s: %s", m.name, w.Data)
			}
		case <-enough.C:
			if random.IntN(3) > 0 {
				return false, nil // and armed anew
			}
			m.plan.count(m.name + " killed between points")
			m.process.kill()
			m.process.gone()
			return true, nil
		case <-ctx.Done():
			return false, nil
		}
	}
}

// end finishes what a victim began by coming to a point.
func (m *machine) end(ctx context.Context, w victim.Word, random *rand.Rand) error {
	m.plan.hit(w.Point)
	if !w.Stand {
		m.plan.count(m.name + " killed")
		m.process.gone()
		return nil
	}
	m.plan.count(m.name + " lost power")
	return m.cut(ctx, random)
}

func (m *machine) cut(ctx context.Context, random *rand.Rand) error {
	if random.IntN(4) == 0 {
		random = nil // nothing unsynced survives
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bootTime)
	defer cancel()
	loss, err := m.power.cut(ctx, m.process, random)
	m.lost.Add(loss)
	return err
}

// calm waits until no point is armed, and brings up a victim that came to one
// before.
func (m *machine) calm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	for {
		select {
		case w, alive := <-m.process.words:
			switch {
			case !alive:
				return m.process.died()
			case w.Say == victim.Disarm:
				return nil
			case w.Say == victim.Dying:
				m.plan.hit(w.Point)
				m.process.kill()
				m.process.gone()
				return m.boot(ctx)
			}
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen: %w", m.name, ctx.Err())
		}
	}
}

// disk is a machine with a disk of its own.
type disk struct{ *powercut.Disk }

func (d disk) cut(ctx context.Context, p *process, random *rand.Rand) (powercut.Loss, error) {
	d.Cut()
	p.kill()
	d.Release()
	p.gone()
	return d.Restore(ctx, random)
}

func (d disk) hold(start func() error) error { return start() }
