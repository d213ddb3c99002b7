package link

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/sharedmemory"
)

// Link is one end. Its methods may be called concurrently.
type Link struct {
	port  *messageport.Port
	own   *sharedmemory.Writer
	other *sharedmemory.Reader

	handler Handler
	ctx     context.Context // ends with the link
	cancel  context.CancelFunc
	quiet   context.Context // ends when this side begins to end: nothing waits for the other any more
	hush    context.CancelFunc
	running sync.WaitGroup   // the goroutines of this link, handlers included
	outbox  chan tee.Message // what the reader has to say: it must not wait itself
	events  chan tee.Message // not dealt with yet
	serving chan struct{}    // one for each goroutine that answers

	calls      chan struct{} // one for each call that the other side has not answered
	eventSlots chan struct{} // one for each event that it has not dealt with
	dialled    chan struct{} // one for each open stream

	ready, terminate, gone chan struct{}
	began, terminating     sync.Once
	ended                  sync.Once
	err                    error // once gone is closed

	mu      sync.Mutex
	last    uint64
	asked   map[uint64]*asked
	served  map[uint64]context.CancelFunc
	held    map[uint32]func() // by offset in own: what its release sets going
	streams map[uint64]*stream
	closing bool // no new calls are let in
}

// Attach takes the two regions from the hardware environment at the other end of
// the port and returns a link that does nothing until [Link.Start].
func Attach(ctx context.Context, port *messageport.Port) (*Link, error) {
	stop := context.AfterFunc(ctx, func() { port.Close() })
	defer stop()
	own, other, err := exchange(port)
	if err != nil {
		port.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("attach to the hardware environment: %w", err)
	}
	l := &Link{port: port, own: own, other: other,
		outbox: make(chan tee.Message, 64), events: make(chan tee.Message, tee.MaxEvents),
		serving: make(chan struct{}, 2*tee.MaxCalls), calls: make(chan struct{}, tee.MaxCalls),
		eventSlots: make(chan struct{}, tee.MaxEvents), dialled: make(chan struct{}, tee.MaxStreams),
		ready: make(chan struct{}), terminate: make(chan struct{}), gone: make(chan struct{}),
		asked: map[uint64]*asked{}, served: map[uint64]context.CancelFunc{},
		held: map[uint32]func(){}, streams: map[uint64]*stream{},
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.quiet, l.hush = context.WithCancel(l.ctx)
	return l, nil
}

func exchange(port *messageport.Port) (own *sharedmemory.Writer, other *sharedmemory.Reader, err error) {
	m, file, err := port.ReceiveFile()
	if err != nil {
		return nil, nil, err
	}
	if file != nil {
		defer file.Close()
	}
	if m.Kind != tee.KindAttach || file == nil {
		return nil, nil, fmt.Errorf("%w: %s instead of a region", tee.ErrMalformed, m.Kind)
	}
	if own, err = sharedmemory.MapWriter(file, int(m.Number)); err != nil {
		return nil, nil, err
	}
	if other, err = theirs(port); err != nil {
		return nil, nil, errors.Join(err, own.Close())
	}
	return own, other, nil
}

// theirs maps the other side's region, which the environment hands out once it has
// sealed both.
func theirs(port *messageport.Port) (*sharedmemory.Reader, error) {
	if err := port.Send(&tee.Message{Kind: tee.KindMapped}); err != nil {
		return nil, err
	}
	m, file, err := port.ReceiveFile()
	if err != nil {
		return nil, err
	}
	if file != nil {
		defer file.Close()
	}
	if m.Kind != tee.KindShare || file == nil {
		return nil, fmt.Errorf("%w: %s instead of a region", tee.ErrMalformed, m.Kind)
	}
	return sharedmemory.MapReader(file, int(m.Number))
}

// Start lets messages in; what the other side asks comes to the handler.
func (l *Link) Start(handler Handler) {
	l.handler = handler
	l.running.Go(func() { l.end(l.receive()) })
	l.running.Go(l.sendOutbox)
	l.running.Go(l.deliver)
}

// SayReady tells the client that calls are welcome.
func (l *Link) SayReady() error { return l.send(&tee.Message{Kind: tee.KindReady}) }

// SayFinalize asks the hardware environment to end everything.
func (l *Link) SayFinalize() error { return l.send(&tee.Message{Kind: tee.KindFinalize}) }

// Ready is closed once the trusted side welcomes calls.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Terminate is closed once the hardware environment wants this side to end.
func (l *Link) Terminate() <-chan struct{} { return l.terminate }

// Gone is closed once the link has ended.
func (l *Link) Gone() <-chan struct{} { return l.gone }

// Err says why the link has ended, once it has: it wraps [tee.ErrGone].
func (l *Link) Err() error {
	select {
	case <-l.gone:
		return l.err
	default:
		return nil
	}
}

// Quiesce lets no new calls in, tells those under way to end and waits for them,
// at most until ctx ends. Their answers are still sent.
func (l *Link) Quiesce(ctx context.Context) {
	l.mu.Lock()
	l.closing = true
	for _, cancel := range l.served {
		cancel()
	}
	l.mu.Unlock()
	l.hush()
	for range cap(l.serving) {
		select {
		case l.serving <- struct{}{}:
		case <-l.gone:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the link, waits for every handler and unmaps the memory.
func (l *Link) Close() error {
	l.end(errors.New("closed"))
	l.running.Wait()
	return errors.Join(l.own.Close(), l.other.Close())
}

// end ends the link for a reason; the first counts.
func (l *Link) end(why error) {
	l.ended.Do(func() {
		l.err = fmt.Errorf("%w: %w", tee.ErrGone, why)
		close(l.gone)
		l.cancel()
		l.hush()
		l.port.Close()
	})
}

// why is the reason for which waiting for the other side has ended.
func (l *Link) why() error {
	if err := l.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: it is ending", tee.ErrGone)
}

// send sends a message. That it cannot ends the link.
func (l *Link) send(m *tee.Message) error {
	if err := l.port.Send(m); err != nil {
		l.end(err)
		return l.err
	}
	return nil
}

// sendOutbox sends what the reader has to say.
func (l *Link) sendOutbox() {
	for {
		select {
		case m := <-l.outbox:
			if l.send(&m) != nil {
				return
			}
		case <-l.gone:
			return
		}
	}
}

// say puts a message into the outbox.
func (l *Link) say(m tee.Message) {
	select {
	case l.outbox <- m:
	case <-l.gone:
	}
}

// copied is the bytes that a message refers to, if they are those that were
// recorded.
func (l *Link) copied(m *tee.Message) ([]byte, error) {
	data, err := l.other.Copy(m.Offset, m.Length)
	if err != nil {
		return nil, tee.Errorf(tee.CodeBadParameters, "%s", err)
	}
	if sha256.Sum256(data) != m.Digest {
		return nil, &tee.Error{Code: tee.CodeSecurity}
	}
	return data, nil
}

// put lays bytes into the own region for a message, which is to be sent next;
// released is called once the other side has copied them.
func (l *Link) put(ctx context.Context, m *tee.Message, data []byte, released func()) (err error) {
	if m.Offset, err = l.own.Put(ctx, data); err != nil {
		return err
	}
	m.Length = uint32(len(data))
	l.mu.Lock()
	l.held[m.Offset] = released
	l.mu.Unlock()
	return nil
}

// released takes a place in the own region back.
func (l *Link) released(offset uint32) error {
	l.mu.Lock()
	then, ok := l.held[offset]
	delete(l.held, offset)
	l.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: it releases what it does not hold", tee.ErrMalformed)
	}
	err := l.own.Release(offset)
	if then != nil {
		then()
	}
	return err
}
