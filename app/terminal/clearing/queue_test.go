package clearing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
)

// server answers by number: with an error, or nil.
type server struct {
	mu    sync.Mutex
	down  error
	wrong map[uint64]error
	asked []uint64
}

func (s *server) handIn(_ context.Context, number uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, number)
	if s.down != nil {
		return s.down
	}
	return s.wrong[number]
}

func (s *server) set(change func()) { s.mu.Lock(); defer s.mu.Unlock(); change() }

// running runs a test of a queue with a clock of its own.
func running(t *testing.T, limits Limits, test func(*Queue, *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &server{wrong: map[uint64]error{}}
		q := &Queue{Limits: limits, HandIn: s.handIn, Changed: func() {}, First: time.Second, Most: time.Minute, Log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		defer run.Wait()
		defer stop()
		run.Go(func() { q.Run(ctx) })
		test(q, s)
	})
}

var unlimited = Limits{Tap: 1 << 40, Card: 1 << 40, Count: 1 << 20, Sum: 1 << 50}

// Guarantee 1.
func TestInOrder(t *testing.T) {
	running(t, unlimited, func(q *Queue, s *server) {
		s.down = fmt.Errorf("no cable: %w", ErrUnreachable)
		for _, n := range []uint64{3, 1, 2} {
			q.Add(Item{Number: n, Amount: 100})
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		s.set(func() {
			if tries := len(s.asked); tries < 45 || tries > 130 {
				t.Errorf("asked %d times in an hour without a network", tries)
			}
			if slices.Contains(s.asked[3:], 2) {
				t.Error("others were tried although nobody is there")
			}
			s.down, s.asked = nil, nil
		})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !slices.Equal(s.asked, []uint64{1, 2, 3}) || q.Unsent().Count != 0 {
			t.Errorf("asked %v, %+v left", s.asked, q.Unsent())
		}
	})
}

// One that settlement does not decide does not hold up the rest, and one that is
// added is tried at once.
func TestOneIsStuck(t *testing.T) {
	running(t, unlimited, func(q *Queue, s *server) {
		s.wrong[1] = errors.New("not understood")
		q.Add(Item{Number: 1, Amount: 5})
		q.Add(Item{Number: 2, Amount: 7})
		synctest.Wait()
		if u := q.Unsent(); u != (Unsent{1, 5}) {
			t.Errorf("left %+v", u)
		}
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		s.set(func() { s.asked = nil })
		q.Add(Item{Number: 9, Amount: 1})
		synctest.Wait()
		s.set(func() {
			if !slices.Contains(s.asked, 9) {
				t.Error("not tried at once")
			}
			delete(s.wrong, 1)
		})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if u := q.Unsent(); u.Count != 0 {
			t.Errorf("left %+v", u)
		}
	})
}

// What became another while it was on its way stays in the queue as that.
func TestReplacedOnTheWay(t *testing.T) {
	running(t, unlimited, func(q *Queue, s *server) {
		var once sync.Once
		q.HandIn = func(ctx context.Context, n uint64) error {
			once.Do(func() { q.Add(Item{Number: n, Card: protocol.CardMark{2}, Amount: 9}) })
			return s.handIn(ctx, n)
		}
		q.Add(Item{Number: 4})
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if !slices.Equal(s.asked, []uint64{4, 4}) || q.Unsent().Count != 0 {
			t.Errorf("asked %v, left %+v", s.asked, q.Unsent())
		}
	})
}

// Guarantee 2.
func TestLimits(t *testing.T) {
	mine, other := protocol.CardMark{1}, protocol.CardMark{2}
	limits := Limits{Tap: 100, Card: 150, Count: 3, Sum: 250}
	for name, test := range map[string]struct {
		owed   []Item
		card   protocol.CardMark
		amount protocol.Amount
		want   error
	}{
		"nothing owed":            {nil, mine, 100, nil},
		"above one tap":           {nil, mine, 101, ErrTap},
		"just within the card's":  {[]Item{{1, mine, 50}}, mine, 100, nil},
		"above the card's":        {[]Item{{1, mine, 51}}, mine, 100, ErrCard},
		"another card's":          {[]Item{{1, mine, 100}}, other, 100, nil},
		"just within the sum":     {[]Item{{1, mine, 100}, {2, other, 50}}, other, 100, nil},
		"above the sum":           {[]Item{{1, mine, 100}, {2, other, 51}}, other, 100, ErrTerminal},
		"as many as may be":       {[]Item{{1, mine, 1}, {2, mine, 1}, {3, mine, 1}}, other, 1, ErrTerminal},
		"given up counts nothing": {[]Item{{1, mine, 0}, {2, mine, 0}, {3, mine, 0}}, mine, 100, nil},
	} {
		q := &Queue{Limits: limits}
		for _, i := range test.owed {
			q.Add(i)
		}
		if err := q.AdmitCard(test.card, test.amount); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
