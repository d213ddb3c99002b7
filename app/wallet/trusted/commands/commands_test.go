package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/program"
	"countersign/app/wallet/trusted"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// desk is a trusted side whose services do what a test wants.
type desk struct {
	Cards
	application *trusted.Application
	owner       *trusted.Owner
	err         error
	enrol       func(ctx context.Context) error
	activation  string
}

func (d *desk) Describe(context.Context) (Description, error) {
	return Description{Enrolled: true, Subject: "W-0001", Sensor: true, Confined: []string{"no network"}}, d.err
}
func (d *desk) Application() (*trusted.Application, error) { return d.application, d.err }
func (d *desk) Owner() *trusted.Owner                      { return d.owner }
func (d *desk) Query(context.Context, *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	return nil, d.err
}
func (d *desk) Enrol(ctx context.Context, code string, _ bool) (Enrolled, error) {
	if d.enrol != nil {
		return Enrolled{}, d.enrol(ctx)
	}
	return Enrolled{Subject: protocol.ID(code), Authority: "countersign/1", Expires: time.Unix(1795300000, 5).UTC()}, d.err
}
func (d *desk) Register(_ context.Context, number protocol.Account, activation string) (trusted.Account, int, error) {
	d.activation = activation
	return trusted.Account{Kind: protocol.AccountPrepaid, Currency: 156, Ending: trusted.Ending(number)}, 3, d.err
}
func (d *desk) Unregister(context.Context, protocol.Account) error { return d.err }
func (d *desk) Deposit(context.Context) error                      { return d.err }
func (d *desk) SetPIN(context.Context) error                       { return d.err }

// direct is a session without a wall.
type direct struct {
	dispatcher *Dispatcher
	gone       error
}

func (d *direct) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	if d.gone != nil {
		return nil, d.gone
	}
	return d.dispatcher.Invoke(ctx, command, in), nil
}

func joined(d *desk) (*Client, *direct) {
	line := &direct{}
	c := NewClient(line)
	line.dispatcher = NewDispatcher(d, func(_ context.Context, kind uint32, data []byte) error { c.Event(kind, data); return nil })
	return c, line
}

// What somebody decides on is on the client's side what it is on the trusted one.
func TestErrorsCross(t *testing.T) {
	d := &desk{}
	c, _ := joined(d)
	for _, s := range sentinels {
		d.err = fmt.Errorf("look at it: %w", s.err)
		_, err := c.Pending(t.Context())
		if !errors.Is(err, s.err) || err.Error() != d.err.Error() {
			t.Errorf("%s: %v", s.code, err)
		}
		for _, other := range sentinels {
			if errors.Is(err, other.err) != errors.Is(d.err, other.err) {
				t.Errorf("%s is %s", s.code, other.code)
			}
		}
	}
	d.err = errors.Join(trusted.ErrOwnCertificate, protocol.ErrExpired)
	if _, err := c.Inspect(t.Context(), "x"); !errors.Is(err, trusted.ErrOwnCertificate) || !errors.Is(err, protocol.ErrExpired) {
		t.Errorf("two causes: %v", err)
	}
	d.err = fmt.Errorf("inspect: %w", &trusted.SkewError{Ahead: -7 * time.Minute})
	_, err := c.Inspect(t.Context(), "x")
	var skew *trusted.SkewError
	if !errors.As(err, &skew) || skew.Ahead != -7*time.Minute || !errors.Is(err, protocol.ErrClockSkew) {
		t.Errorf("skew: %v", err)
	}
	d.err = &trusted.LockedError{For: 30 * time.Second}
	var locked *trusted.LockedError
	if err := c.Unregister(t.Context(), "1"); !errors.As(err, &locked) || locked.For != 30*time.Second || !errors.Is(err, trusted.ErrLocked) {
		t.Errorf("locked: %v", err)
	}
	d.err = fmt.Errorf("register: %w", problem.New(503, problem.Busy, "", "Come back."))
	if _, _, err := c.Register(t.Context(), "1", "x"); program.Hint(err) != "Come back." {
		t.Errorf("the hint is %q", program.Hint(err))
	}
	d.err = errors.New(strings.Repeat("世", 5000) + "\xff")
	if _, err := c.Accounts(t.Context()); err == nil || errors.Is(err, ErrMessage) || len(err.Error()) > maxText {
		t.Errorf("a long text: %.40v", err)
	}
}

func TestReplies(t *testing.T) {
	d := &desk{}
	c, line := joined(d)
	if e, err := c.Enrol(t.Context(), "W-7", false); err != nil || e.Subject != "W-7" || !e.Expires.Equal(time.Unix(1795300000, 5)) {
		t.Errorf("%+v, %v", e, err)
	}
	if c.HasSensor() {
		t.Error("a sensor before it was described")
	}
	if have, err := c.Describe(t.Context()); err != nil || !slices.Equal(have.Confined, []string{"no network"}) || !c.HasSensor() {
		t.Errorf("%+v, %v", have, err)
	}
	if added, total, err := c.Register(t.Context(), "6222020200112233445", "secret"); err != nil || total != 3 || added.Ending != "3445" || d.activation != "secret" {
		t.Errorf("%+v %d %v", added, total, err)
	}
	line.gone = errors.New("broken pipe")
	if _, err := c.Pending(t.Context()); !errors.Is(err, trusted.ErrEnded) {
		t.Errorf("a session that is gone: %v", err)
	}
}

// A call that is given up is given up on the trusted side as well, and waited for.
func TestCancel(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	d := &desk{enrol: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}}
	c, _ := joined(d)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-began; cancel(errors.New("enough")) }()
	_, err := c.Enrol(ctx, "x", false)
	select {
	case <-ended:
	default:
		t.Error("it goes on")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if _, err := c.Enrol(ctx, "x", false); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that had ended: %v", err)
	}
	// A deadline is told from a cancellation.
	d.enrol = func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("read the finger: %w", ctx.Err()) }
	late, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if _, err := c.Enrol(late, "x", false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a deadline: %v", err)
	}
	// What was done all the same is no error.
	d.enrol = func(ctx context.Context) error { <-ctx.Done(); return nil }
	again, stopAgain := context.WithTimeout(t.Context(), time.Millisecond)
	defer stopAgain()
	if _, err := c.Enrol(again, "x", false); err != nil {
		t.Errorf("done before it was cancelled: %v", err)
	}
}

// A cancellation may overtake the call that it is for.
func TestCancelBefore(t *testing.T) {
	d := &desk{enrol: func(ctx context.Context) error { return ctx.Err() }}
	c, line := joined(d)
	line.dispatcher.cancel(1)
	if _, err := c.Enrol(t.Context(), "x", false); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	d.enrol = func(ctx context.Context) error { return ctx.Err() }
	if _, err := c.Enrol(t.Context(), "x", false); err != nil {
		t.Errorf("the next call: %v", err)
	}
	for n := range uint64(1000) {
		line.dispatcher.cancel(n + 100)
	}
	if len(line.dispatcher.early) > mostEarly {
		t.Errorf("%d are remembered", len(line.dispatcher.early))
	}
}

func TestStrict(t *testing.T) {
	good := `{"call":7,"number":"1","activation":"a"}`
	if _, err := decode[registerRequest]([]byte(good), MaxRequest); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "{}", "null", "[]", good + " ", " " + good, good + good, `{"call":7,"number":"1","activation":"a","more":1}`,
		`{"number":"1","call":7,"activation":"a"}`, `{"call":7,"call":8,"number":"1","activation":"a"}`, `{"Call":7,"number":"1","activation":"a"}`,
		`{"call":7.0,"number":"1","activation":"a"}`, `{"call":-7,"number":"1","activation":"a"}`, `{"call":7,"number":"1","activation":""}`,
	} {
		if m, err := decode[registerRequest]([]byte(bad), MaxRequest); !errors.Is(err, ErrMessage) {
			t.Errorf("%q is taken: %+v", bad, m)
		}
	}
	if _, err := decode[registerRequest]([]byte(good), len(good)-1); !errors.Is(err, ErrMessage) {
		t.Errorf("too long: %v", err)
	}
}

// Whatever a client sends, the trusted side answers with a reply.
func FuzzInvoke(f *testing.F) {
	f.Add(uint32(Inspect), []byte(`{"text":"CS1R:"}`))
	f.Add(uint32(Pay), []byte(`{"call":1,"request":"00","account":0}`))
	f.Add(uint32(Settle), []byte(`{"message":"AA=="}`))
	f.Add(uint32(Register), []byte(`{"call":7,"number":"1","activation":"a"}`))
	f.Add(uint32(Cancel), []byte(`{"call":7}`))
	f.Add(uint32(0), []byte(`{}`))
	d := &desk{application: trusted.New(nil, nil, nil, nil, time.Now)}
	f.Fuzz(func(t *testing.T, command uint32, in []byte) {
		switch command {
		case Inspect, Pay, Accounts, Pending, Question, Settle, GiveUp, Unlock, Lock:
			// What these do is fuzzed where it is; here it is how they are asked.
			for _, err := range []error{second(decode[inspectRequest](in, MaxRequest)), second(decode[payRequest](in, MaxRequest)), second(decode[signed](in, MaxRequest))} {
				if err != nil && !errors.Is(err, ErrMessage) {
					t.Error(err)
				}
			}
			return
		}
		out := NewDispatcher(d, func(context.Context, uint32, []byte) error { return nil }).Invoke(t.Context(), command, in)
		if _, err := decode[reply](out, MaxReply); err != nil {
			t.Errorf("%q: %v", out, err)
		}
	})
}

func second[M any](_ M, err error) error { return err }

// FuzzReply: whatever the trusted side answers, the client takes it whole or not
// at all.
func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"result":{"text":"CS1P:"}}`))
	f.Add([]byte(`{"error":{"text":"no","codes":["locked"],"locked":30000000000}}`))
	f.Fuzz(func(t *testing.T, out []byte) {
		c := NewClient(answers(out))
		pending, err := c.Pending(t.Context())
		if _, bad := decode[reply](out, MaxReply); bad != nil && (!errors.Is(err, ErrMessage) || pending != nil) {
			t.Errorf("%q is taken: %v, %v", out, pending, err)
		}
		c.Event(EventProgress, out)
		c.Event(EventScreen, out)
	})
}

type answers []byte

func (a answers) InvokeCommand(context.Context, uint32, []byte) ([]byte, error) { return a, nil }
