package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Services are what the commands do. The errors reach the client by their texts:
// nothing secret may be in them.
type Services interface {
	Describe(ctx context.Context) (Description, error)
	// Application is the trusted application module, or an error while the wallet
	// is not enrolled.
	Application() (*trusted.Application, error)
	Owner() *trusted.Owner

	// Query asks settlement. Errors: trusted.ErrUndecided, trusted.ErrNeverSeen; any
	// other says that settlement could not be asked.
	Query(ctx context.Context, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error)
	Enrol(ctx context.Context, code string, byHash bool) (Enrolled, error)
	// Register has settlement register an account to this wallet's key and keeps
	// it; Unregister takes it off. Total counts the accounts.
	Register(ctx context.Context, number protocol.Account, activation string) (added trusted.Account, total int, err error)
	Unregister(ctx context.Context, number protocol.Account) error
	// Deposit hands settlement the sealed template of a wallet that was enrolled by
	// hash, once.
	Deposit(ctx context.Context) error
	// SetPIN sets the owner's PIN and mark, from the files that were named at the
	// start or on the trusted screen.
	SetPIN(ctx context.Context) error

	Cards
}

// Dispatcher answers the commands of one session. It is safe for concurrent use.
type Dispatcher struct {
	services Services
	emit     func(ctx context.Context, kind uint32, data []byte) error

	mu    sync.Mutex
	calls map[uint64]context.CancelFunc // those that Cancel ends
	early []uint64                      // cancelled before they had begun, the last mostEarly
}

// mostEarly is how many cancellations are remembered that overtook their calls.
const mostEarly = 64

// NewDispatcher returns one; emit sends the client an event.
func NewDispatcher(services Services, emit func(ctx context.Context, kind uint32, data []byte) error) *Dispatcher {
	return &Dispatcher{services: services, emit: emit, calls: map[uint64]context.CancelFunc{}}
}

// Invoke carries out a command. What went wrong is in the reply.
func (d *Dispatcher) Invoke(ctx context.Context, command uint32, in []byte) []byte {
	result, err := d.carryOut(ctx, command, in)
	r := reply{Error: failureOf(err)}
	if result != nil {
		if r.Result, err = json.Marshal(result); err != nil {
			return Failed(err)
		}
	}
	out, err := encode(r)
	if err != nil || len(out) > MaxReply {
		out, _ = encode(reply{Error: &failure{Text: Name(command) + ": the reply cannot be written"}}) // cannot fail
	}
	return out
}

// Failed is the reply of a trusted application that could not open what it needs.
func Failed(err error) []byte {
	out, _ := encode(reply{Error: failureOf(err)}) // texts can always be written
	return out
}

// ScreenEvent is the event for a line of the trusted screen's announcer.
func ScreenEvent(line string) ([]byte, error) { return encode(screenLine{line}) }

func (d *Dispatcher) carryOut(ctx context.Context, command uint32, in []byte) (any, error) {
	if command >= CardStatus && command <= CardTrustClock {
		return d.ofCard(ctx, command, in)
	}
	switch command {
	case Describe:
		return with(in, func(nothing) (any, error) { return d.services.Describe(ctx) })
	case Cancel:
		return with(in, func(r cancelRequest) (any, error) { d.cancel(r.Call); return nil, nil })
	case Enrol:
		return with(in, func(r enrolRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return d.services.Enrol(ctx, r.Code, r.ByHash) })
		})
	case Register:
		return with(in, func(r registerRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) {
				added, total, err := d.services.Register(ctx, r.Number, r.Activation)
				return registerReply{accountOf(added), total}, err
			})
		})
	case Unregister:
		return with(in, func(r registerRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, d.services.Unregister(ctx, r.Number) })
		})
	case Deposit:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, d.services.Deposit(ctx) })
		})
	case Query:
		return with(in, func(r callSigned) (any, error) { return d.query(ctx, r) })
	case SetPIN:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, d.services.SetPIN(ctx) })
		})
	case Unlock:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, d.services.Owner().Unlock(ctx) })
		})
	case Lock:
		return with(in, func(nothing) (any, error) { d.services.Owner().Lock(); return nil, nil })
	}
	application, err := d.services.Application()
	if err != nil {
		return nil, err
	}
	return d.ofApplication(ctx, application, command, in)
}

// ofApplication are the commands that a wallet must be enrolled for.
func (d *Dispatcher) ofApplication(ctx context.Context, a *trusted.Application, command uint32, in []byte) (any, error) {
	switch command {
	case Inspect:
		return with(in, func(r inspectRequest) (any, error) {
			o, err := a.Inspect(ctx, r.Text)
			return offerOf(o), err // ErrAnswered comes with the offer
		})
	case Pay:
		return with(in, func(r payRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return d.pay(ctx, a, r) })
		})
	case Accounts:
		return with(in, func(nothing) (any, error) {
			all, err := a.Accounts(ctx)
			var r accountsReply
			for _, one := range all {
				r.Accounts = append(r.Accounts, accountOf(one))
			}
			return r, err
		})
	case Pending:
		return with(in, func(nothing) (any, error) {
			all, err := a.Pending(ctx)
			return pendingReply{all}, err
		})
	case Question:
		return with(in, func(r aboutRequest) (any, error) {
			q, err := a.Question(ctx, r.Request)
			if err != nil {
				return nil, err
			}
			return signed{q.Bytes()}, nil
		})
	case Settle:
		return with(in, func(r signed) (any, error) {
			outcome, err := protocol.Parse[protocol.Outcome](r.Message)
			if err != nil {
				return nil, err
			}
			verified, pending, err := a.Settle(ctx, outcome)
			return settleReply{verified != protocol.Outcome{}, pending}, err
		})
	case GiveUp:
		return with(in, func(r aboutRequest) (any, error) { return nil, a.GiveUp(ctx, r.Request) })
	}
	return nil, fmt.Errorf("%w: command %#x", ErrMessage, command)
}

// pay sends progress as events.
func (d *Dispatcher) pay(ctx context.Context, a *trusted.Application, r payRequest) (payReply, error) {
	var done payReply
	text, err := a.Pay(ctx, r.Request, r.Account, r.Finger, func(now trusted.Progress) {
		done.Taken = done.Taken || now.Taken
		if event, err := encode(progress{r.Call, now.Touching, now.Fraction, now.Taken}); err == nil {
			_ = d.emit(ctx, EventProgress, event) // a client that has gone is seen by the call
		}
	})
	done.Text = text
	return done, err
}

func (d *Dispatcher) query(ctx context.Context, r callSigned) (any, error) {
	question, err := protocol.Parse[protocol.Query](r.Message)
	if err != nil {
		return nil, err
	}
	return during(ctx, d, r.Call, func(ctx context.Context) (any, error) {
		outcome, err := d.services.Query(ctx, question)
		if err != nil {
			return nil, err
		}
		return signed{outcome.Bytes()}, nil
	})
}

// with decodes a request for what answers it.
func with[R any](in []byte, answer func(R) (any, error)) (any, error) {
	request, err := decode[R](in, MaxRequest)
	if err != nil {
		return nil, err
	}
	return answer(request)
}

// during does something that Cancel can end.
func during[R any](ctx context.Context, d *Dispatcher, call uint64, do func(context.Context) (R, error)) (R, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.mu.Lock()
	if d.calls[call] != nil {
		d.mu.Unlock()
		var none R
		return none, fmt.Errorf("%w: call %d is under way", ErrMessage, call)
	}
	d.calls[call] = cancel
	if slices.Contains(d.early, call) {
		cancel()
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.calls, call)
	}()
	return do(ctx)
}

func (d *Dispatcher) cancel(call uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cancel := d.calls[call]; cancel != nil {
		cancel()
		return
	}
	if d.early = append(d.early, call); len(d.early) > mostEarly {
		d.early = d.early[1:]
	}
}
