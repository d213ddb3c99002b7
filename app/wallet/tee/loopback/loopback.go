// Package loopback joins a trusted application and its client in one process, for
// tests of either: the same APIs, messages and memory, without the walls. Programs
// do not import it.
package loopback

import (
	"context"
	"errors"
	"sync"

	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/mediation"
	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/monitor"
)

// Start makes a trusted application, which is handed what it can reach outside
// itself, and returns its client's context. Of the options only those that do not
// start programs count. FinalizeContext ends the application and waits for it.
func Start(ctx context.Context, options clientapi.Options,
	create func(*internalapi.Environment) (internalapi.TrustedApplication, error)) (*clientapi.Context, error) {
	client, clientEnd, err := pair()
	if err != nil {
		return nil, err
	}
	trusted, trustedEnd, err := pair()
	if err != nil {
		return nil, errors.Join(err, client.Close(), clientEnd.Close())
	}
	inside := &application{exited: make(chan struct{})}
	created := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		defer close(inside.exited)
		defer trustedEnd.Close()
		inside.err = run(ctx, trustedEnd, create, created)
	})
	running.Go(func() {
		settings := mediation.Settings{RegionBytes: options.RegionBytes, Grace: options.Grace}
		_ = mediation.Supervise(context.WithoutCancel(ctx), client, trusted, inside, unrecorded{}, settings)
	})
	stop := func(context.Context) error {
		running.Wait()
		return inside.err
	}
	c, err := clientapi.Connect(ctx, clientEnd, options, stop)
	if err != nil {
		clientEnd.Close()
		return nil, errors.Join(err, stop(ctx))
	}
	<-created // it was before it served: what create wrote is now seen here
	return c, nil
}

func pair() (a, b *messageport.Port, err error) {
	left, right, err := messageport.Pair()
	if err != nil {
		return nil, nil, err
	}
	if a, err = messageport.Open(left); err != nil {
		return nil, nil, errors.Join(err, right.Close())
	}
	if b, err = messageport.Open(right); err != nil {
		return nil, nil, errors.Join(err, a.Close())
	}
	return a, b, nil
}

func run(ctx context.Context, port *messageport.Port, create func(*internalapi.Environment) (internalapi.TrustedApplication, error), created chan<- struct{}) error {
	environment, err := internalapi.AttachPort(ctx, port)
	if err != nil {
		return err
	}
	made, err := create(environment)
	if err != nil {
		return err
	}
	close(created)
	return environment.Serve(context.WithoutCancel(ctx), made)
}

// application is the trusted application as the environment sees it.
type application struct {
	exited chan struct{}
	err    error
}

func (a *application) Exited() <-chan struct{} { return a.exited }
func (a *application) Kill()                   {} // there is no process to kill

func (a *application) Status() string {
	if a.err != nil {
		return a.err.Error()
	}
	return "it returned"
}

// unrecorded records nothing: nothing crosses a wall here.
type unrecorded struct{}

func (unrecorded) Record(monitor.Entry) error { return nil }
