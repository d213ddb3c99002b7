// Package internalapi is the trusted application's side of the trusted execution
// environment (内部API模块, claim 3 of CN103942678A): entry points that the
// client's calls come to, and ways to tell and to ask the client. The names are
// those of the GlobalPlatform TEE Internal Core API.
//
// The client is not to be believed: everything that it hands over has been copied
// out of the shared memory before an entry point sees it, and means only what the
// trusted application itself makes of it.
package internalapi

import (
	"context"
	"fmt"
	"net"

	"countersign/app/wallet/tee/link"
	"countersign/app/wallet/tee/messageport"
)

// TrustedApplication is the entry points. They are called concurrently, also for
// one session. An error that is not a [tee.Error] reaches the client as
// [tee.CodeGeneric] without a text. The context ends when the client cancels or
// is gone.
type TrustedApplication interface {
	// OpenSession admits a session (TA_OpenSessionEntryPoint). An error refuses it.
	OpenSession(ctx context.Context, session uint32, in []byte) (out []byte, err error)

	// InvokeCommand does what is asked (TA_InvokeCommandEntryPoint).
	InvokeCommand(ctx context.Context, session, command uint32, in []byte) (out []byte, err error)

	// CloseSession ends a session, once for each that was admitted, also when the
	// client is gone (TA_CloseSessionEntryPoint).
	CloseSession(session uint32)
}

// Environment is what a trusted application can reach outside itself. Its methods
// may be called concurrently, once [Environment.Serve] runs.
type Environment struct {
	link *link.Link
}

// Emit tells the client something, without an answer: at most [tee.MaxBulk]
// bytes. It waits at most until the client's side has room.
func (e *Environment) Emit(ctx context.Context, kind uint32, data []byte) error {
	return e.link.Emit(ctx, kind, data)
}

// Request asks the client for something and waits for the answer, which is as
// little to be believed as any of the client's words. Errors are a [tee.Error],
// [tee.ErrGone] or the context's.
func (e *Environment) Request(ctx context.Context, kind uint32, data []byte) ([]byte, error) {
	_, out, err := e.link.Do(ctx, link.Call{Kind: link.Request, Number: kind, In: data})
	return out, err
}

// Dial returns a stream to an address that the client's process opens and relays,
// like GlobalPlatform's TEE Sockets API: network is "tcp", address "host:port".
// The client and whoever is behind it read and may change the bytes: end TLS on
// top of it. The conn has deadlines and a CloseWrite method.
func (e *Environment) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return e.link.Dial(ctx, network, address)
}

// Gone is closed once the client or the hardware environment has ended.
func (e *Environment) Gone() <-chan struct{} { return e.link.Gone() }

// Attach takes the trusted application's end, which the hardware environment gave
// this process when it started it. Call it once, early, and not before a
// confinement that starts the process anew.
func Attach(ctx context.Context) (*Environment, error) {
	port, err := messageport.Inherited()
	if err != nil {
		return nil, fmt.Errorf("attach to the hardware environment: %w", err)
	}
	return AttachPort(ctx, port)
}

// AttachPort is Attach with an end that was come by in another way.
func AttachPort(ctx context.Context, port *messageport.Port) (*Environment, error) {
	l, err := link.Attach(ctx, port)
	if err != nil {
		return nil, err
	}
	return &Environment{link: l}, nil
}

// Serve lets the client's calls in and returns when the hardware environment asks
// for the end (nil), the context has ended (its error) or the environment is gone
// (an error that wraps [tee.ErrGone]). Calls under way are then cancelled, and all
// have returned and every session is closed when Serve returns: entry points must
// heed their contexts. Call it once; the environment cannot be used afterwards.
func (e *Environment) Serve(ctx context.Context, application TrustedApplication) error {
	entry := &entry{application: application, sessions: map[uint32]bool{}}
	e.link.Start(entry)
	err := e.link.SayReady()
	if err == nil {
		select {
		case <-e.link.Terminate():
			e.link.Quiesce(ctx)
		case <-ctx.Done():
			err = context.Cause(ctx)
			e.link.Quiesce(context.WithoutCancel(ctx))
		case <-e.link.Gone():
			err = e.link.Err()
		}
	}
	closed := e.link.Close()
	entry.closeAll()
	if err == nil {
		err = closed
	}
	return err
}

// Serve is [Attach] and [Environment.Serve] for an application that needs nothing
// of the client.
func Serve(ctx context.Context, application TrustedApplication) error {
	environment, err := Attach(ctx)
	if err != nil {
		return err
	}
	return environment.Serve(ctx, application)
}
