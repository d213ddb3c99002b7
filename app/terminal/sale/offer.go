package sale

import (
	"context"
	"errors"
	"sync"

	"countersign/protocol"
)

// What became of a tap, for run.
var (
	// errDeducted: the sale is paid, and said and written to be.
	errDeducted = errors.New("paid by tap")
	// errGivenUp: a torn tap was given up, and the sale has ended so.
	errGivenUp = errors.New("torn tap given up")
	// errLeftTorn: the till closes; the next start goes on.
	errLeftTorn = errors.New("torn tap left for the next start")
	// errAnew: the card has signed that nothing was deducted, nor will be: the sale
	// goes on with a request of its own.
	errAnew = errors.New("nothing was deducted, offered anew")
)

// offer waits for both at once: camera for a payment (steps 8 and 9) and reader for
// a phone (S2 to S9). Both serve one request and one scramble code; whoever claims
// it first has it, and the other is closed. It returns the payment, or in the error what a
// tap came to.
func (s *payment) offer(ctx context.Context, request *protocol.Signed[protocol.Request], code ScrambleCode) (*protocol.Signed[protocol.Payment], error) {
	asked := request.Unverified()
	open, stop := context.WithTimeout(ctx, asked.Ends().Sub(s.till.Now()))
	defer stop()
	s.till.mu.Lock()
	s.won = ""
	s.till.mu.Unlock()
	if !s.tapsOffered() {
		return s.readPayment(open, request)
	}
	scanning, stopScan := context.WithCancel(open)
	tapping, stopTap := context.WithCancel(open)
	var reader sync.WaitGroup
	defer reader.Wait()
	defer stopTap()
	defer stopScan()
	var tapped error
	reader.Go(func() { tapped = s.takeTap(tapping, asked.Scramble, stopScan) })
	payment, err := s.readPayment(scanning, request)
	if errors.Is(err, ErrCameraLost) && open.Err() == nil { // the reader is still there
		s.noticeOf(RailScan, ReasonCameraLost)
		<-scanning.Done()
	}
	stopTap() // which a tap that was first does not feel any more
	reader.Wait()
	if s.first() != RailTap {
		s.updateOf(RailScan, func(v *View) { v.Tap, v.TapReason = "", ReasonNone })
		return payment, err
	}
	for errors.Is(tapped, errConfirm) {
		tapped = s.confirmation(ctx, asked.Scramble)
	}
	if errors.Is(tapped, errTorn) {
		tapped = s.torn(ctx)
	}
	if errors.Is(tapped, errDeducted) {
		s.spendTapped(ctx, code)
	}
	return nil, tapped
}

// claim has the sale for one way of paying, if no other has it and the cashier has
// not cancelled. A tap's can not be cancelled from then on, until its card has
// answered or is known to be lost.
func (s *payment) claim(ctx context.Context, by Rail) bool {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	if ctx.Err() != nil || s.won != "" && s.won != by {
		return false
	}
	s.won = by
	if by == RailTap {
		s.view.Stage, s.view.Cancellable, s.view.Notice, s.view.Tap = Tapping, false, ReasonNone, TapFound
	} else {
		s.view.Tap, s.view.TapReason = "", ReasonNone
	}
	if s.till.front == s {
		s.till.showLocked()
	}
	return true
}

func (s *payment) first() Rail {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	return s.won
}

// updateOf is update for one way of paying, and nothing when the other was first.
func (s *payment) updateOf(by Rail, change func(*View)) {
	s.till.mu.Lock()
	defer s.till.mu.Unlock()
	if s.won != "" && s.won != by {
		return
	}
	change(&s.view)
	if s.till.front == s {
		s.till.showLocked()
	}
}

func (s *payment) noticeOf(by Rail, r Reason) {
	s.updateOf(by, func(v *View) { v.Notice = r; v.Notices++ })
}
