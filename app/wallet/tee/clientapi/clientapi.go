// Package clientapi is the client application's side of the trusted execution
// environment (客户端API模块, claim 3 of CN103942678A): it starts the hardware
// environment, which starts the trusted application, opens sessions and invokes
// commands. The names are those of the GlobalPlatform TEE Client API.
package clientapi

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/link"
)

// ErrGone is what every call ends with once the hardware environment or the
// trusted application has ended.
var ErrGone = tee.ErrGone

// Options say what is started. The zero value of a field that has a default
// means that default.
type Options struct {
	Environment string    // the hardware environment's program
	Trusted     []string  // the trusted application's program and its arguments
	Log         string    // the file that the hardware environment records into
	LogBytes    int64     // how long that file may become before it is turned over; 4 MiB
	LogFiles    int       // how many files are kept; 8
	RegionBytes int       // shared memory, each way; 4 MiB
	Stderr      io.Writer // where both processes' standard error goes; nowhere
	Env         []string  // the trusted application's and environment's variables; those of this process

	// Grace is how long the trusted application has to end by itself; 5 s.
	Grace time.Duration

	// Dial opens the streams that the trusted side asks for; nil refuses them.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Context is a connection to a running trusted execution environment
// (TEEC_Context). Its methods may be called concurrently.
type Context struct {
	link *link.Link
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu       sync.Mutex
	onEvent  func(kind uint32, data []byte)
	handlers map[uint32]func(context.Context, []byte) ([]byte, error)
}

// Session is a connection to the trusted application (TEEC_Session).
type Session struct {
	context *Context
	id      uint32
}

// Initialize starts the hardware environment and waits until the trusted
// application serves (TEEC_InitializeContext). End it with
// [Context.FinalizeContext].
func Initialize(ctx context.Context, options Options) (*Context, error) {
	return nil, tee.ErrUnsupported
}

// New is for [countersign/app/wallet/tee/loopback]: a context over a link that
// Join hands it.
func New(dial func(ctx context.Context, network, address string) (net.Conn, error)) *Context {
	return &Context{dial: dial, handlers: map[uint32]func(context.Context, []byte) ([]byte, error){}}
}

// Join gives the context its link.
func (c *Context) Join(l *link.Link) { c.link = l }

// OnEvent has f called for what the trusted side tells, one at a time, in order.
// It must not wait for long: calls' results wait behind it not, other events do.
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

// CloseSession closes the session (TEEC_CloseSession).
func (s *Session) CloseSession(ctx context.Context) error {
	_, _, err := s.context.link.Do(ctx, link.Call{Kind: link.Close, Session: s.id})
	return err
}

// Gone is closed once the environment or the trusted application has ended.
func (c *Context) Gone() <-chan struct{} { return c.link.Gone() }

// FinalizeContext ends the trusted application in an orderly way, then the
// hardware environment, and waits for both (TEEC_FinalizeContext). When ctx ends
// first, both are killed.
func (c *Context) FinalizeContext(ctx context.Context) error {
	return c.link.Close()
}

// Serve answers a request of the trusted side.
func (c *Context) Serve(ctx context.Context, call link.Call) (uint32, []byte, error) {
	c.mu.Lock()
	f := c.handlers[call.Number]
	c.mu.Unlock()
	if call.Kind != link.Request || f == nil {
		return 0, nil, tee.Errorf(tee.CodeItemNotFound, "nobody answers requests of kind %d", call.Number)
	}
	out, err := f(ctx, call.In)
	return 0, out, err
}

// Event hands on what the trusted side tells.
func (c *Context) Event(kind uint32, data []byte) {
	c.mu.Lock()
	f := c.onEvent
	c.mu.Unlock()
	if f != nil {
		f(kind, data)
	}
}

// Dial opens what the trusted side asks for.
func (c *Context) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dial == nil {
		return nil, tee.Errorf(tee.CodeAccessDenied, "no connections are opened for the trusted side")
	}
	return c.dial(ctx, network, address)
}
