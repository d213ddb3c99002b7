// Package clientapi is the client application's side of the trusted execution
// environment (客户端API模块, claim 3 of CN103942678A): it starts the hardware
// environment, which starts the trusted application, opens sessions and invokes
// commands. The names are those of the GlobalPlatform TEE Client API.
package clientapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/link"
	"countersign/app/wallet/tee/messageport"
)

// ErrGone is what every call ends with once the hardware environment or the
// trusted application has ended.
var ErrGone = tee.ErrGone

// Options say what is started. The zero value of a field that has a default
// means that default.
type Options struct {
	Environment     string    // the hardware environment's program
	EnvironmentArgs []string  // what its arguments begin with, for a program that is more than it
	Trusted         []string  // the trusted application's program and its arguments
	Log             string    // the file that the hardware environment records into
	LogBytes        int64     // how long that file may become before it is turned over; 4 MiB
	LogFiles        int       // how many files are kept; 8
	RegionBytes     int       // shared memory, each way; 4 MiB
	Stderr          io.Writer // where both processes' standard error goes; nowhere
	Env             []string  // variables of both programs; those of this process when nil

	// Grace is how long the trusted application has to end by itself; 5 s.
	Grace time.Duration

	// OnEvent and Handlers are as [Context.OnEvent] and [Context.Handle] set them,
	// for what the trusted side says from its first moment.
	OnEvent  func(kind uint32, data []byte)
	Handlers map[uint32]func(ctx context.Context, data []byte) ([]byte, error)

	// Dial opens the streams that the trusted side asks for; nil refuses them.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Context is a connection to a running trusted execution environment
// (TEEC_Context). Its methods may be called concurrently.
type Context struct {
	link *link.Link
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	stop func(ctx context.Context) error // ends the programs and waits for them

	finalize sync.Once
	failed   error

	mu       sync.Mutex
	onEvent  func(kind uint32, data []byte)
	handlers map[uint32]func(context.Context, []byte) ([]byte, error)
}

// Session is a connection to the trusted application (TEEC_Session).
type Session struct {
	context *Context
	id      uint32
}

// Connect makes a context over a port to a hardware environment that runs already,
// and waits until the trusted application serves; stop is called at the end, to
// wait for the environment.
func Connect(ctx context.Context, port *messageport.Port, options Options, stop func(context.Context) error) (*Context, error) {
	l, err := link.Attach(ctx, port)
	if err != nil {
		return nil, err
	}
	c := &Context{link: l, dial: options.Dial, stop: stop, onEvent: options.OnEvent,
		handlers: map[uint32]func(context.Context, []byte) ([]byte, error){}}
	for kind, f := range options.Handlers {
		c.handlers[kind] = f
	}
	l.Start((*handler)(c))
	select {
	case <-l.Ready():
		return c, nil
	case <-l.Gone():
		err = l.Err()
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	l.Close()
	return nil, fmt.Errorf("wait for the trusted application: %w", err)
}

// OnEvent has f called for what the trusted side tells, one at a time, in order.
// Other events wait meanwhile; calls and their results do not.
func (c *Context) OnEvent(f func(kind uint32, data []byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onEvent = f
}

// Handle has f answer what the trusted side asks of a kind. Many at once. An
// error that is not a [tee.Error] reaches the other side as [tee.CodeGeneric].
func (c *Context) Handle(kind uint32, f func(ctx context.Context, data []byte) ([]byte, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[kind] = f
}

// OpenSession opens a session with the trusted application, which reads in to
// decide whether to admit it (TEEC_OpenSession).
func (c *Context) OpenSession(ctx context.Context, in []byte) (*Session, error) {
	id, _, err := c.link.Do(ctx, link.Call{Kind: link.Open, In: in})
	if err != nil {
		return nil, err
	}
	return &Session{context: c, id: id}, nil
}

// InvokeCommand has the trusted application do something (TEEC_InvokeCommand): at
// most [tee.MaxBulk] bytes each way. When ctx ends, the trusted side is told to
// cancel and the call returns the context's error: whether the command took
// effect is then not known. Other errors are a [*tee.Error] or wrap [ErrGone].
func (s *Session) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	_, out, err := s.context.link.Do(ctx, link.Call{Kind: link.Invoke, Session: s.id, Number: command, In: in})
	return out, err
}

// RegisterSharedMemory takes a place of a size, at most [tee.MaxBulk] bytes, in the
// memory that is shared with the trusted application, to be written and handed over
// as often as wanted without another copy (TEEC_AllocateSharedMemory).
func (c *Context) RegisterSharedMemory(ctx context.Context, size int) (*SharedMemory, error) {
	m, err := c.link.Register(ctx, size)
	if err != nil {
		return nil, err
	}
	return &SharedMemory{m}, nil
}

// SharedMemory is a place in the shared memory (TEEC_SharedMemory): it is written
// by WriteAt and given back by Release. One call at a time uses it; writing
// meanwhile, or another call, is [tee.CodeBusy].
type SharedMemory struct{ *link.Memory }

// InvokeCommandShared is [Session.InvokeCommand] with the first bytes of a shared
// memory, as many as length says. After a call that was cancelled the memory is
// busy until the trusted side has answered nevertheless.
func (s *Session) InvokeCommandShared(ctx context.Context, command uint32, memory *SharedMemory, length int) ([]byte, error) {
	_, out, err := s.context.link.Do(ctx, link.Call{Kind: link.Invoke, Session: s.id, Number: command, Memory: memory.Memory, Length: length})
	return out, err
}

// CloseSession closes the session (TEEC_CloseSession).
func (s *Session) CloseSession(ctx context.Context) error {
	_, _, err := s.context.link.Do(ctx, link.Call{Kind: link.Close, Session: s.id})
	return err
}

// Gone is closed once the environment or the trusted application has ended.
func (c *Context) Gone() <-chan struct{} { return c.link.Gone() }

// Err says why the environment is gone, once it is: it wraps [ErrGone] and says
// how the trusted application ended.
func (c *Context) Err() error { return c.link.Err() }

// FinalizeContext has the trusted application end in an orderly way, then the
// hardware environment, and waits for both and for every handler
// (TEEC_FinalizeContext). When ctx ends first, both are killed. It may be called
// again, and after the environment is gone.
func (c *Context) FinalizeContext(ctx context.Context) error {
	c.finalize.Do(func() {
		if c.link.SayFinalize() == nil {
			select {
			case <-c.link.Gone():
			case <-ctx.Done():
			}
		}
		c.failed = errors.Join(c.link.Close(), c.stop(ctx))
	})
	return c.failed
}
