package virtualcard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// reader is the daemon's end of a link, without a daemon.
type reader struct {
	t        *testing.T
	listener net.Listener
	net.Conn
}

// newReader listens as vpcd does.
func newReader(t *testing.T) *reader {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &reader{t: t, listener: l}
}

// find accepts the card that attached.
func (r *reader) find() {
	r.t.Helper()
	conn, err := r.listener.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	r.Conn = conn
	r.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reader) send(payload ...byte) {
	r.t.Helper()
	raw, err := frame(payload)
	if err == nil {
		_, err = r.Write(raw)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// receive reads what the card sends next: err says that it has left.
func (r *reader) receive() ([]byte, error) { return readFrame(r, func() {}) }

// echo answers an APDU with it and 9000.
func echo(_ context.Context, apdu []byte) []byte { return append(slices.Clone(apdu), 0x90, 0) }

func TestCard(t *testing.T) {
	r := newReader(t)
	var powers []Power
	c, err := Attach(t.Context(), r.listener.Addr().String(), Options{Handler: echo, Power: func(p Power) { powers = append(powers, p) }})
	if err != nil {
		t.Fatal(err)
	}
	r.find()
	r.send(controlATR)
	if atr, err := r.receive(); err != nil || !bytes.Equal(atr, PhoneATR()) {
		t.Errorf("ATR %X, %v", atr, err)
	}
	select {
	case <-c.Powered():
		t.Error("powered, and nobody did")
	default:
	}
	r.send(controlOn)
	<-c.Powered()
	r.send(controlReset)
	r.send(controlOff)
	r.send() // nothing
	r.send(0x33)
	r.send(0, 0xA4, 4, 0)
	if answer, err := r.receive(); err != nil || !bytes.Equal(answer, []byte{0, 0xA4, 4, 0, 0x90, 0}) {
		t.Errorf("%X, %v", answer, err)
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.receive(); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
	if want := []Power{PowerOn, PowerReset, PowerOff}; !slices.Equal(powers, want) {
		t.Errorf("%v", powers)
	}
}

func TestLeaving(t *testing.T) {
	r := newReader(t)
	addr := r.listener.Addr().String()
	attach := func(ctx context.Context, o Options) *Card {
		c, err := Attach(ctx, addr, o)
		if err != nil {
			t.Fatal(err)
		}
		r.find()
		return c
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := attach(ctx, Options{Handler: echo})
	cancel()
	<-c.Done()
	if err := c.Err(); err != nil {
		t.Errorf("context ended: %v", err)
	}

	c = attach(t.Context(), Options{Handler: echo})
	_ = r.Conn.Close()
	<-c.Done()
	if err := c.Err(); !errors.Is(err, ErrDetached) {
		t.Errorf("daemon hung up: %v", err)
	}

	// A handler that is at work when the card leaves is told, and waited for.
	began, told := make(chan struct{}), false
	c = attach(t.Context(), Options{Handler: func(ctx context.Context, _ []byte) []byte {
		close(began)
		<-ctx.Done()
		told = true
		return nil
	}})
	r.send(0, 0xA4, 4, 0)
	<-began
	if err := c.Close(); err != nil || !told {
		t.Errorf("%v, told: %t", err, told)
	}
	_ = r.listener.Close()
	if _, err := Attach(t.Context(), addr, Options{Handler: echo}); err == nil {
		t.Error("attached to nobody")
	}
}

func TestFaults(t *testing.T) {
	apdu := []byte{0x80, 0x52, 0, 0}
	whole := echo(t.Context(), apdu)
	other := func(context.Context, []byte) []byte { return []byte{0x6A, 0x82} }
	for name, tc := range map[string]struct {
		fault Fault
		calls int // of the handler, for the APDU that meets the fault
		want  []byte
		stays bool
	}{
		"none":       {Fault{}, 1, whole, true},
		"unheard":    {Fault{Cut: Unheard}, 0, nil, false},
		"unanswered": {Fault{Cut: Unanswered}, 1, nil, false},
		"within":     {Fault{Cut: Within}, 1, nil, false},
		"after":      {Fault{Cut: After}, 1, whole, false},
		"late":       {Fault{Late: time.Millisecond}, 1, whole, true},
		"word":       {Fault{Answer: StatusWord(0x6985)}, 1, []byte{0x69, 0x85}, true},
		"too long":   {Fault{Answer: func([]byte) []byte { return make([]byte, 0x10000) }}, 1, nil, false},
		"swapped":    {Fault{Cut: After, Next: &Options{Handler: other}}, 1, whole, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, calls := newReader(t), 0
			c, err := Attach(t.Context(), r.listener.Addr().String(), Options{
				Handler: func(ctx context.Context, apdu []byte) []byte { calls++; return echo(ctx, apdu) },
				Faults:  Nth(2, tc.fault)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r.find()
			r.send(apdu...)
			if answer, err := r.receive(); err != nil || !bytes.Equal(answer, whole) {
				t.Fatalf("before the fault: %X, %v", answer, err)
			}
			r.send(apdu...)
			answer, err := r.receive()
			if (err == nil) != (tc.want != nil) || !bytes.Equal(answer, tc.want) && tc.want != nil {
				t.Errorf("%X, %v; want %X", answer, err, tc.want)
			}
			if name == "within" && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("half an answer: %v", err)
			}
			if tc.stays {
				r.send(controlATR)
			}
			if _, err := r.receive(); (err == nil) != tc.stays {
				t.Errorf("after that: %v", err)
			}
			if tc.fault.Next != nil {
				r.find()
				r.send(apdu...)
				if answer, err := r.receive(); err != nil || !bytes.Equal(answer, []byte{0x6A, 0x82}) {
					t.Errorf("the next card: %X, %v", answer, err)
				}
			}
			_ = c.Close()
			if calls != 1+tc.calls {
				t.Errorf("%d calls of the handler", calls)
			}
		})
	}
}

// TestNever: a card that does not answer stays, and notices when the daemon hangs up.
func TestNever(t *testing.T) {
	r := newReader(t)
	c, err := Attach(t.Context(), r.listener.Addr().String(), Options{Handler: echo, Faults: Nth(1, Fault{Never: true})})
	if err != nil {
		t.Fatal(err)
	}
	r.find()
	r.send(0x80, 0x52, 0, 0)
	r.send(controlATR) // answered next, so nothing came before
	if atr, err := r.receive(); err != nil || !bytes.Equal(atr, PhoneATR()) {
		t.Errorf("%X, %v", atr, err)
	}
	_ = r.Conn.Close()
	<-c.Done()
	if !errors.Is(c.Err(), ErrDetached) {
		t.Errorf("%v", c.Err())
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 1, 4})
	f.Add([]byte{0, 4, 0, 0xA4, 4, 0, 0, 0})
	f.Add([]byte{0xFF, 0xFF, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := bytes.NewReader(raw)
		payload, err := readFrame(in, func() {})
		if err != nil {
			return
		}
		again, err := frame(payload)
		if read := len(raw) - in.Len(); err != nil || !bytes.Equal(again, raw[:read]) {
			t.Fatalf("%X is framed %X, %v", payload, again, err)
		}
	})
}
