// Package session keeps the wallet's client application in touch with its trusted
// application (客户端API模块, claims 2 and 3 of CN103942678A): it opens a session
// over the client API and, when the trusted application or the hardware environment
// has ended, starts them anew.
//
// # Guarantees
//
//   - A command that was under way when they ended fails; none is sent again by
//     itself, because some have effects.
//   - They are started anew at most Most times within Within: what ends over and
//     over is left alone and told.
//   - Close waits until both have ended.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/wallet/tee/clientapi"
)

// State is how the trusted application is.
type State string

// The states.
const (
	Serving    State = ""
	Restarting State = "restarting"
	Lost       State = "lost" // and will not be started again
)

// Options say how the session is kept. All fields are needed.
type Options struct {
	// Start starts hardware environment and trusted application.
	Start func(context.Context) (*clientapi.Context, error)
	// Told is called with every change of state after Open, one call at a time,
	// from a goroutine of the keeper's. It may invoke commands.
	Told func(context.Context, State)
	Log  *slog.Logger
	// Most is how often they are started anew within Within; First is the pause
	// before the first time, doubled each time.
	Most          int
	Within, First time.Duration
}

// Keeper keeps a session open. It is safe for concurrent use.
type Keeper struct {
	options Options
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	context *clientapi.Context
	session *clientapi.Session // nil while there is none
}

// Open starts hardware environment and trusted application and opens a session.
// Close ends all three.
func Open(ctx context.Context, o Options) (*Keeper, error) {
	k := &Keeper{options: o, ended: make(chan struct{})}
	if err := k.start(ctx); err != nil {
		return nil, err
	}
	ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(k.ended)
		k.keep(ctx)
	}()
	return k, nil
}

// InvokeCommand has the trusted application do something. Its error wraps
// clientapi.ErrGone while there is no session.
func (k *Keeper) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	k.mu.Lock()
	session := k.session
	k.mu.Unlock()
	if session == nil {
		return nil, clientapi.ErrGone
	}
	return session.InvokeCommand(ctx, command, in)
}

// Close ends trusted application and hardware environment, in order, and waits for
// them; when ctx ends first, by force.
func (k *Keeper) Close(ctx context.Context) error {
	k.stop()
	<-k.ended
	return k.finalize(ctx)
}

func (k *Keeper) start(ctx context.Context) error {
	environment, err := k.options.Start(ctx)
	if err != nil {
		return fmt.Errorf("start the trusted application: %w", err)
	}
	session, err := environment.OpenSession(ctx, nil)
	if err != nil {
		return errors.Join(fmt.Errorf("open a session with the trusted application: %w", err), environment.FinalizeContext(ctx))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.context, k.session = environment, session
	return nil
}

// finalize ends what was started, if there is any.
func (k *Keeper) finalize(ctx context.Context) error {
	k.mu.Lock()
	environment := k.context
	k.context, k.session = nil, nil
	k.mu.Unlock()
	if environment == nil {
		return nil
	}
	return environment.FinalizeContext(ctx)
}

// keep starts what has ended anew, until ctx ends or it ends too often.
func (k *Keeper) keep(ctx context.Context) {
	var starts []time.Time
	for {
		k.mu.Lock()
		environment := k.context
		k.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-environment.Gone():
		}
		k.options.Log.ErrorContext(ctx, "the trusted application has ended", "error", environment.Err().Error())
		_ = k.finalize(ctx) // how it ended was told
		k.options.Told(ctx, Restarting)
		for {
			now := time.Now()
			for len(starts) > 0 && now.Sub(starts[0]) > k.options.Within {
				starts = starts[1:]
			}
			if len(starts) >= k.options.Most {
				k.options.Log.ErrorContext(ctx, "the trusted application ends over and over and is not started again")
				k.options.Told(ctx, Lost)
				return
			}
			pause := time.NewTimer(k.options.First << len(starts))
			starts = append(starts, now)
			select {
			case <-pause.C:
			case <-ctx.Done():
				pause.Stop()
				return
			}
			err := k.start(ctx)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return
			}
			k.options.Log.ErrorContext(ctx, "the trusted application does not start", "error", err.Error())
		}
		k.options.Log.InfoContext(ctx, "the trusted application was started again", "times", len(starts))
		k.options.Told(ctx, Serving)
	}
}
