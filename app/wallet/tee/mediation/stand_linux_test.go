package mediation_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/mediation"
	"countersign/app/wallet/tee/messageport"
	"countersign/app/wallet/tee/monitor"
)

// checking is a trusted application that is told in each command's bytes what it
// should see: the same byte throughout.
type checking struct {
	calls, misread atomic.Int64
	running, most  atomic.Int64
	hold           chan struct{}
}

func (c *checking) OpenSession(context.Context, uint32, []byte) ([]byte, error) { return nil, nil }
func (c *checking) CloseSession(uint32)                                         {}
func (c *checking) InvokeCommand(ctx context.Context, _, command uint32, in []byte) ([]byte, error) {
	c.calls.Add(1)
	n := c.running.Add(1)
	defer c.running.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	for _, b := range in {
		if b != in[0] {
			c.misread.Add(1)
			break
		}
	}
	if command == cmdHang {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.hold:
		}
	}
	return in, nil
}

// stand is a hardware environment and a trusted application in this process, and
// the client's end of the messages in the test's hand.
type stand struct {
	*checking
	end    *os.File // of the client: raw
	memory []byte   // the client's region, written at will
	log    string
	served chan error // how the trusted application ended
	over   chan struct{}
}

type inside struct{ exited chan struct{} }

func (i *inside) Exited() <-chan struct{} { return i.exited }
func (i *inside) Kill()                   {}
func (i *inside) Status() string          { return "it returned" }

func standing(t *testing.T) *stand {
	t.Helper()
	s := &stand{checking: &checking{hold: make(chan struct{})}, log: filepath.Join(t.TempDir(), "log"), served: make(chan error, 1), over: make(chan struct{})}
	record, err := monitor.Open(s.log, monitor.Limits{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	port := func() (*messageport.Port, *os.File) {
		a, b, err := messageport.Pair()
		if err != nil {
			t.Fatal(err)
		}
		p, err := messageport.Open(a)
		if err != nil {
			t.Fatal(err)
		}
		return p, b
	}
	client, end := port()
	trusted, theirs := port()
	s.end = end
	process := &inside{make(chan struct{})}
	go func() {
		defer close(process.exited)
		p, err := messageport.Open(theirs)
		if err != nil {
			s.served <- err
			return
		}
		environment, err := internalapi.AttachPort(context.Background(), p)
		if err != nil {
			s.served <- err
			return
		}
		s.served <- environment.Serve(context.Background(), s.checking)
	}()
	go func() {
		defer close(s.over)
		_ = mediation.Supervise(context.Background(), client, trusted, process, record, mediation.Settings{Patience: 300 * time.Millisecond, Grace: 5 * time.Second})
		_ = record.Close()
	}()
	t.Cleanup(func() { s.finish(t) })
	s.shake(t)
	return s
}

// shake takes part in the exchange of the memory, and opens session 1.
func (s *stand) shake(t *testing.T) {
	t.Helper()
	b, oob := make([]byte, tee.MaxMessage), make([]byte, 64)
	_, n, _, _, err := unix.Recvmsg(int(s.end.Fd()), b, oob, 0)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	if s.memory, err = unix.Mmap(fds[0], 0, tee.DefaultRegion, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		t.Fatal(err)
	}
	unix.Close(fds[0])
	s.send(t, tee.Message{Kind: tee.KindMapped})
	if m := s.until(t, tee.KindReady); m == nil {
		t.Fatal("it does not serve")
	}
	s.send(t, tee.Message{Kind: tee.KindOpenSession, ID: 1})
	if m := s.until(t, tee.KindResult); m == nil || m.Session != 1 {
		t.Fatalf("no session: %+v", m)
	}
}

func (s *stand) raw(b []byte) error {
	_, err := unix.Write(int(s.end.Fd()), b)
	return err
}

func (s *stand) send(t *testing.T, m tee.Message) {
	t.Helper()
	if err := s.raw(m.Append(nil)); err != nil {
		t.Fatal(err)
	}
}

// receive is the next message, without descriptors; nil at the end.
func (s *stand) receive(t *testing.T) *tee.Message {
	b := make([]byte, tee.MaxMessage+1)
	n, err := unix.Read(int(s.end.Fd()), b)
	if err != nil || n == 0 {
		return nil
	}
	m, err := tee.Decode(b[:n])
	if err != nil {
		t.Fatal(err)
	}
	return &m
}

func (s *stand) until(t *testing.T, kind tee.Kind) *tee.Message {
	for {
		if m := s.receive(t); m == nil || m.Kind == kind {
			return m
		}
	}
}

// close ends the client, also for a goroutine that reads.
func (s *stand) close() {
	_ = unix.Shutdown(int(s.end.Fd()), unix.SHUT_RDWR)
	s.end.Close()
}

// finish waits for the end of all, and checks that nothing was misread.
func (s *stand) finish(t *testing.T) {
	t.Helper()
	s.close()
	select {
	case <-s.over:
	case <-time.After(10 * time.Second):
		t.Fatal("the environment does not end")
	}
	if err := <-s.served; err != nil && !errors.Is(err, tee.ErrGone) {
		t.Errorf("the trusted application ended with %v", err)
	}
	if n := s.misread.Load(); n != 0 {
		t.Errorf("%d calls were misread", n)
	}
	if _, err := monitor.Read(s.log, nil); err != nil {
		t.Error(err)
	}
}
