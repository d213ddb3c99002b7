package staff

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/program/pinhash"
)

// stall has the desk's comparisons wait: each says that it is under way, and goes on when
// it is let.
func (c *counter) stall() (begun <-chan struct{}, goOn chan<- struct{}) {
	at, let := make(chan struct{}), make(chan struct{})
	c.slow = hasher{
		matches: func(h pinhash.Hash, pin []byte) bool { at <- struct{}{}; <-let; return h.Matches(pin) },
		hash:    func(pin []byte, costs Costs) pinhash.Hash { at <- struct{}{}; <-let; return pinhash.New(pin, costs) },
	}
	return at, let
}

// While a PIN is compared or hashed, who is on duty can be asked: the window does, for
// every picture.
func TestDutyDoesNotWaitForAPIN(t *testing.T) {
	c := newCounter(t)
	if _, err := c.SignIn(t.Context(), anna, []byte(annas)); err != nil {
		t.Fatal(err)
	}
	boss := c.OnDuty()
	for what, do := range map[string]func(context.Context) error{
		"a login":       func(ctx context.Context) error { _, err := c.Login(ctx, bo, []byte(bos)); return err },
		"an approval":   func(ctx context.Context) error { _, err := c.Approve(ctx, anna, []byte(annas), Matter{}); return err },
		"a new member":  func(ctx context.Context) error { return c.Add(ctx, boss, "C-03", Cashier, []byte("9375")) },
		"another's PIN": func(ctx context.Context) error { return c.SetPIN(ctx, boss, bo, []byte(bos)) },
	} {
		begun, goOn := c.stall()
		ended := make(chan error, 1)
		go func() { ended <- do(t.Context()) }()
		<-begun
		asked := make(chan Duty, 1)
		go func() {
			c.Members()
			c.Shift()
			c.Locked(bo)
			_ = c.Allow(Sell)
			asked <- c.Duty()
		}()
		select {
		case d := <-asked:
			if d.Cashier != anna {
				t.Errorf("during %s: %+v", what, d)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s holds everything up", what)
		}
		goOn <- struct{}{}
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", what, err)
		}
		c.slow = argon2id()
	}
}

// Tries made at once do not get around the limit: no more are compared than one after the
// other would be, whether the right PIN is among them or not.
func TestTriesAtOnceAreCounted(t *testing.T) {
	c := newCounter(t)
	var compared atomic.Int32
	c.slow.matches = func(h pinhash.Hash, pin []byte) bool { compared.Add(1); return h.Matches(pin) }
	var refused, locked atomic.Int32
	var tries sync.WaitGroup
	start := make(chan struct{})
	for i := range 24 {
		tries.Go(func() {
			<-start
			var err error
			if i%2 == 0 {
				_, err = c.Login(t.Context(), bo, []byte("5092"))
			} else {
				_, err = c.Approve(t.Context(), bo, []byte("5092"), Matter{})
			}
			switch {
			case errors.Is(err, ErrLocked):
				locked.Add(1)
			case errors.Is(err, ErrRefused):
				refused.Add(1)
			default:
				t.Errorf("have %v", err)
			}
		})
	}
	close(start)
	tries.Wait()
	if compared.Load() != 3 || refused.Load() != 3 || locked.Load() != 21 {
		t.Errorf("%d compared, %d refused, %d locked", compared.Load(), refused.Load(), locked.Load())
	}
	c.refused(bo, bos, ErrLocked)
}

// A second try waits for the first, and sees what came of it: here the lock.
func TestSecondTryWaitsForTheFirst(t *testing.T) {
	c := newCounter(t)
	for range 2 {
		c.refused(bo, "5092", ErrRefused)
	}
	begun, goOn := c.stall()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Login(t.Context(), bo, []byte("5092")); first <- err }()
	<-begun
	go func() { _, err := c.Login(t.Context(), bo, []byte(bos)); second <- err }()
	select {
	case <-begun:
		t.Fatal("the second is compared beside the first")
	case goOn <- struct{}{}:
	}
	if err := <-first; !errors.Is(err, ErrRefused) {
		t.Errorf("the first: %v", err)
	}
	if err := <-second; !errors.Is(err, ErrLocked) {
		t.Errorf("the second: %v", err)
	}
}

// Who is removed while the PIN is compared is nobody, and does not come back.
func TestRemovedWhileCompared(t *testing.T) {
	c := newCounter(t)
	boss := c.login(anna, annas)
	begun, goOn := c.stall()
	ended := make(chan error, 1)
	go func() { _, err := c.Login(t.Context(), bo, []byte(bos)); ended <- err }()
	<-begun
	if err := c.Remove(t.Context(), boss, bo); err != nil {
		t.Fatal(err)
	}
	goOn <- struct{}{}
	if err := <-ended; !errors.Is(err, ErrRefused) {
		t.Errorf("have %v", err)
	}
	if list := c.Members(); len(list) != 1 || list[0].ID != anna {
		t.Errorf("have %+v", list)
	}
}

// Who is no manager any more when the PIN is hashed sets none.
func TestManagerRemovedWhileHashed(t *testing.T) {
	c := newCounter(t)
	boss := c.login(anna, annas)
	if err := c.Add(t.Context(), boss, "C-03", Manager, []byte("936271")); err != nil {
		t.Fatal(err)
	}
	other := c.login("C-03", "936271")
	begun, goOn := c.stall()
	ended := make(chan error, 1)
	go func() { ended <- c.SetPIN(t.Context(), other, bo, []byte("5092")) }()
	<-begun
	if err := c.Remove(t.Context(), boss, "C-03"); err != nil {
		t.Fatal(err)
	}
	goOn <- struct{}{}
	if err := <-ended; !errors.Is(err, ErrNobody) {
		t.Errorf("have %v", err)
	}
	c.slow = argon2id()
	c.login(bo, bos)
}
