package printer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/devices/printer/escpos"
)

// session is one connection, from opened to broken. All but read runs on the printer's goroutine.
type session struct {
	p         *Printer
	link      link
	ctx       context.Context
	in        chan byte  // what the printer says
	broken    chan error // why reading ended
	processed int        // answers to GS r so far
	garbage   int        // bytes that no printer says
	confirms  bool       // it answers GS r, as far as is known
	trouble   error      // of the last status
}

// chunk is how much is written at once: little enough that a stalled printer is noticed.
const chunk = 2048

// serve prints until the connection breaks, and says why it did; well says that the printer has been of use.
func (p *Printer) serve(l link) (well bool, err error) {
	ctx, cancel := context.WithCancel(p.ctx)
	s := &session{p: p, link: l, ctx: ctx, in: make(chan byte, 256), broken: make(chan error, 1), confirms: true}
	ended := make(chan struct{})
	if p.settings.OneWay && p.target.kind == "usb" { // some of these cannot be read at all
		close(ended)
	} else {
		go func() { defer close(ended); s.read() }()
	}
	defer func() { cancel(); <-ended }()
	for {
		if err := s.look(); err != nil {
			return well, err
		}
		well = true
		if j := p.next(s.trouble != nil); j != nil {
			if err := s.print(j); err != nil {
				return well, err
			}
			continue
		}
		timer := time.NewTimer(p.settings.Poll)
		select {
		case <-timer.C:
		case <-p.wake:
		case err := <-s.broken:
			timer.Stop()
			return well, err
		case <-ctx.Done():
			timer.Stop()
			return well, ctx.Err()
		}
		timer.Stop()
	}
}

// read hands on what the printer says until the connection breaks.
func (s *session) read() {
	buffer := make([]byte, 64)
	for {
		n, err := s.link.Read(s.ctx, buffer)
		for _, b := range buffer[:n] {
			if s.p.settings.OneWay {
				continue
			}
			select {
			case s.in <- b:
			case <-s.ctx.Done():
				return
			}
		}
		if err != nil {
			s.broken <- err
			return
		}
	}
}

// look asks the printer how it is, twice before it counts as silent, and tells.
func (s *session) look() error {
	if s.p.settings.OneWay {
		s.p.become(func(st *State) { st.Phase, st.Word, st.Err = PhaseReady, WordReady, nil })
		return nil
	}
	status, err := s.ask()
	if errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled) {
		status, err = s.ask()
	}
	if err != nil {
		return err
	}
	s.trouble = trouble(status)
	s.p.become(func(st *State) {
		st.Status, st.DrawerOpen = status, status.DrawerHigh != s.p.settings.DrawerOpenLow
		switch {
		case s.trouble != nil:
			st.Phase, st.Word, st.Err = PhaseAttention, wordOf(s.trouble), s.trouble
		case st.DrawerOpen:
			st.Phase, st.Word, st.Err = PhaseReady, WordDrawerOpen, nil
		case status.PaperLow:
			st.Phase, st.Word, st.Err = PhaseReady, WordPaperLow, nil
		default:
			st.Phase, st.Word, st.Err = PhaseReady, WordReady, nil
		}
	})
	return nil
}

// ask puts the four questions, each once.
func (s *session) ask() (status escpos.Status, err error) {
	for _, a := range []escpos.Ask{escpos.AskPrinter, escpos.AskOffline, escpos.AskError, escpos.AskPaper} {
		ctx, cancel := context.WithTimeout(s.ctx, s.p.settings.Answer)
		s.garbage = 0
		err := s.drain()
		if err == nil {
			_, err = s.link.Write(ctx, a.Request())
		}
		var answer byte
		if err == nil {
			answer, err = s.hear(ctx, escpos.IsStatus)
		}
		cancel()
		switch {
		case s.ctx.Err() != nil:
			return status, s.ctx.Err()
		case errors.Is(err, context.DeadlineExceeded) && s.garbage > 0:
			return status, fmt.Errorf("ask printer how it is: %w", ErrGarbled)
		case errors.Is(err, context.DeadlineExceeded):
			return status, fmt.Errorf("ask printer how it is: %w", ErrSilent)
		case err != nil:
			return status, fmt.Errorf("ask printer how it is: %w", err)
		}
		if err := status.Take(a, answer); err != nil {
			return status, fmt.Errorf("ask printer how it is: %w: %w", ErrGarbled, err)
		}
	}
	return status, nil
}

// hear waits for a byte of a kind, and counts the others.
func (s *session) hear(ctx context.Context, want func(byte) bool) (byte, error) {
	for {
		select {
		case b := <-s.in:
			if s.sort(b); want(b) {
				return b, nil
			}
		case err := <-s.broken:
			s.broken <- err // for whoever asks next
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// sort counts a byte as what it is. XON and XOFF are nobody's answer.
func (s *session) sort(b byte) {
	switch {
	case escpos.IsProcessed(b):
		s.processed++
	case !escpos.IsStatus(b) && b != 0x11 && b != 0x13:
		s.garbage++
	}
}

// drain takes what came unasked, so that it is no answer to the next question.
func (s *session) drain() error {
	for {
		select {
		case b := <-s.in:
			s.sort(b)
		case err := <-s.broken:
			s.broken <- err
			return err
		default:
			return nil
		}
	}
}

// print sends one job and waits until the printer is through with it. An error means that the connection is of no more use;
// the job is then still in the queue, unless it has ended meanwhile.
func (s *session) print(j *Job) error {
	if j.attempts++; j.attempts > s.p.settings.Attempts {
		s.p.finish(j, &givenUp{fmt.Errorf("it broke off %d times: %w", s.p.settings.Attempts, ErrUnplugged)})
		return nil
	}
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	data := j.data
	if j.kick && s.trouble != nil { // what is not printing does not come to ESC p: DLE DC4 1 is done at once
		data = []byte{0x10, 0x14, 1, j.data[2], 4}
	}
	for len(data) > 0 {
		n := min(len(data), chunk)
		if err := s.send(ctx, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	if j.kick || s.p.settings.OneWay || !s.confirms {
		s.p.finish(j, nil)
		return nil
	}
	before := s.processed
	if err := s.send(ctx, escpos.Processed()); err != nil {
		return err
	}
	return s.through(ctx, j, before)
}

// send writes bytes that the printer must take within Settings.Stall.
func (s *session) send(ctx context.Context, data []byte) error {
	limited, cancel := context.WithTimeout(ctx, s.p.settings.Stall)
	defer cancel()
	_, err := s.link.Write(limited, data)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("write to printer: %w", ErrStalled)
	}
	return err
}

// through waits for the answer to GS r, and looks meanwhile how the printer is: one without paper keeps the job and goes on
// with it when there is some.
func (s *session) through(ctx context.Context, j *Job, before int) error {
	well := time.Now() // since when it could have been through
	pause := s.p.settings.Poll / 8
	for {
		limited, cancel := context.WithTimeout(ctx, pause)
		_, err := s.hear(limited, escpos.IsProcessed)
		cancel()
		switch {
		case s.processed > before:
			s.p.finish(j, nil)
			return nil
		case ctx.Err() != nil: // given up: what the printer still has of it must not be taken for the next job's
			return context.Cause(ctx)
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		if err := s.look(); err != nil {
			return err
		}
		switch {
		case s.processed > before:
			s.p.finish(j, nil)
			return nil
		case s.trouble != nil:
			well = time.Now()
		case time.Since(well) > s.p.settings.Through:
			s.confirms = false
			s.p.settings.Log.Warn("printer does not say when it is through with a job", "job", j.number)
			s.p.finish(j, nil)
			return nil
		}
		pause = min(2*pause, s.p.settings.Poll)
	}
}
