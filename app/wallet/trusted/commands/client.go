package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Invoker is a session with the trusted application, as the client API gives it.
// Its errors are about the session, not about the command.
type Invoker interface {
	InvokeCommand(ctx context.Context, command uint32, in []byte) (out []byte, err error)
}

// Client is the client application's view of the trusted application. It has the
// methods of trusted.Application and of Services, and their errors; beside those
// trusted.ErrEnded when the trusted application cannot be reached. It is safe for
// concurrent use.
type Client struct {
	invoker Invoker

	mu        sync.Mutex
	last      uint64
	listening map[uint64]*listener
	described Description
}

// listener is told how a finger's capture goes on until Pay returns.
type listener struct {
	mu    sync.Mutex
	told  func(trusted.Progress)
	taken bool
	over  bool
}

func (l *listener) tell(p trusted.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.taken = l.taken || p.Taken
		l.told(p)
	}
}

// end has nothing told any more, and says whether a finger was taken.
func (l *listener) end() (taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	return l.taken
}

// NewClient returns one over a session. Event must be called for its events.
func NewClient(invoker Invoker) *Client {
	return &Client{invoker: invoker, listening: map[uint64]*listener{}}
}

// Event takes an event of the trusted side. The line is an announcement of the
// trusted screen, or empty.
func (c *Client) Event(kind uint32, data []byte) (line string) {
	switch kind {
	case EventProgress:
		if p, err := decode[progress](data, MaxRequest); err == nil {
			c.mu.Lock()
			l := c.listening[p.Call]
			c.mu.Unlock() // whoever is told may ask this client something
			if l != nil {
				l.tell(trusted.Progress{Touching: p.Touching, Fraction: p.Fraction, Taken: p.Taken})
			}
		}
	case EventScreen:
		if l, err := decode[screenLine](data, MaxRequest); err == nil {
			return l.Line
		}
	}
	return ""
}

// Describe asks what the trusted application is and has.
func (c *Client) Describe(ctx context.Context) (Description, error) {
	d, err := ask[Description](ctx, c, Describe, nothing{})
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.described = d
	}
	return d, err
}

// HasSensor says whether Pay can take the owner's finger, as Describe was told.
func (c *Client) HasSensor() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.described.Sensor
}

// Inspect is step 5. With trusted.ErrAnswered the offer names the request.
func (c *Client) Inspect(ctx context.Context, text string) (trusted.Offer, error) {
	o, err := ask[offer](ctx, c, Inspect, inspectRequest{strings.ToValidUTF8(text, "\ufffd")})
	return o.offer(), err
}

// Pay is steps 6, 7 and 11.
func (c *Client) Pay(ctx context.Context, request protocol.Hash, account int, finger bool, told func(trusted.Progress)) (string, error) {
	call := c.newCall()
	l := &listener{told: told}
	c.mu.Lock()
	c.listening[call] = l
	c.mu.Unlock()
	r, err := askLong[payReply](ctx, c, call, Pay, payRequest{call, request, account, finger})
	c.mu.Lock()
	delete(c.listening, call)
	c.mu.Unlock()
	taken := l.end()
	if err != nil {
		return "", err
	}
	if r.Taken && !taken {
		told(trusted.Progress{Fraction: 1, Taken: true}) // its event was overtaken
	}
	return r.Text, nil
}

// Accounts lists InforC1…Cn.
func (c *Client) Accounts(ctx context.Context) ([]trusted.Account, error) {
	r, err := ask[accountsReply](ctx, c, Accounts, nothing{})
	var all []trusted.Account
	for _, a := range r.Accounts {
		all = append(all, a.account())
	}
	return all, err
}

// Pending lists what is not settled, oldest first.
func (c *Client) Pending(ctx context.Context) ([]trusted.Pending, error) {
	r, err := ask[pendingReply](ctx, c, Pending, nothing{})
	return r.Pending, err
}

// Question has the trusted side sign what settlement is asked.
func (c *Client) Question(ctx context.Context, request protocol.Hash) (*protocol.Signed[protocol.Query], error) {
	r, err := ask[signed](ctx, c, Question, aboutRequest{request})
	if err != nil {
		return nil, err
	}
	return protocol.Parse[protocol.Query](r.Message)
}

// Query has the trusted side ask settlement.
func (c *Client) Query(ctx context.Context, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	call := c.newCall()
	r, err := askLong[signed](ctx, c, call, Query, callSigned{call, question.Bytes()})
	if err != nil {
		return nil, err
	}
	return protocol.Parse[protocol.Outcome](r.Message)
}

// Settle has an outcome verified and the payment taken off the pending ones. An
// outcome beside an error was verified.
func (c *Client) Settle(ctx context.Context, o *protocol.Signed[protocol.Outcome]) (protocol.Outcome, trusted.Pending, error) {
	r, err := ask[settleReply](context.WithoutCancel(ctx), c, Settle, signed{o.Bytes()})
	if r.Verified {
		return o.Unverified(), r.Pending, err
	}
	return protocol.Outcome{}, r.Pending, err
}

// GiveUp takes a payment off that was never seen and is too late.
func (c *Client) GiveUp(ctx context.Context, request protocol.Hash) error {
	_, err := ask[nothing](context.WithoutCancel(ctx), c, GiveUp, aboutRequest{request})
	return err
}

// Enrol is step 1.
func (c *Client) Enrol(ctx context.Context, code string, byHash bool) (Enrolled, error) {
	call := c.newCall()
	return askLong[Enrolled](ctx, c, call, Enrol, enrolRequest{call, strings.ToValidUTF8(code, "?"), byHash})
}

// Register registers an account; total counts all.
func (c *Client) Register(ctx context.Context, number protocol.Account, activation string) (added trusted.Account, total int, err error) {
	call := c.newCall()
	r, err := askLong[registerReply](ctx, c, call, Register, registerRequest{call, number, activation})
	return r.Account.account(), r.Total, err
}

// Unregister takes an account off.
func (c *Client) Unregister(ctx context.Context, number protocol.Account) error {
	call := c.newCall()
	_, err := askLong[nothing](ctx, c, call, Unregister, registerRequest{Call: call, Number: number})
	return err
}

// Deposit hands settlement the sealed template if it is still here.
func (c *Client) Deposit(ctx context.Context) error { return c.simple(ctx, Deposit) }

// SetPIN has the owner's PIN and mark set.
func (c *Client) SetPIN(ctx context.Context) error { return c.simple(ctx, SetPIN) }

// Unlock asks the owner for the PIN unless the wallet is unlocked.
func (c *Client) Unlock(ctx context.Context) error { return c.simple(ctx, Unlock) }

// Lock locks the wallet.
func (c *Client) Lock(ctx context.Context) error {
	_, err := ask[nothing](ctx, c, Lock, nothing{})
	return err
}

func (c *Client) simple(ctx context.Context, command uint32) error {
	call := c.newCall()
	_, err := askLong[nothing](ctx, c, call, command, callRequest{call})
	return err
}

func (c *Client) newCall() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return c.last
}

// askLong is ask for what may take long or has effects: when the context ends the
// command is cancelled on the trusted side and its end waited for, so that an
// error says that it had no effect.
func askLong[R any](ctx context.Context, c *Client, call uint64, command uint32, request any) (R, error) {
	lasting := context.WithoutCancel(ctx)
	if err := ctx.Err(); err != nil {
		var none R
		return none, err
	}
	var cancelling sync.WaitGroup
	cancelling.Add(1)
	stop := context.AfterFunc(ctx, func() {
		defer cancelling.Done()
		_, _ = ask[nothing](lasting, c, Cancel, cancelRequest{call}) // a session that is gone ends the call as well
	})
	r, err := ask[R](lasting, c, command, request)
	if stop() {
		cancelling.Done()
	}
	cancelling.Wait()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = fmt.Errorf("%s: %w", Name(command), ctx.Err()) // cancelled here, for this reason
	}
	return r, err
}

// ask invokes a command. A reply may have both a result and an error.
func ask[R any](ctx context.Context, c *Client, command uint32, request any) (R, error) {
	var none R
	in, err := encode(request)
	if err != nil {
		return none, err
	}
	out, err := c.invoker.InvokeCommand(ctx, command, in)
	if err != nil {
		if ctx.Err() != nil {
			return none, ctx.Err()
		}
		return none, fmt.Errorf("%w: %s: %w", trusted.ErrEnded, Name(command), err)
	}
	answer, err := decode[reply](out, MaxReply)
	if err != nil {
		return none, err
	}
	result := none
	if len(answer.Result) > 0 {
		if result, err = decode[R](answer.Result, MaxReply); err != nil {
			return none, err
		}
	}
	return result, answer.Error.err()
}
