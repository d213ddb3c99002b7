//go:build linux

package contactless_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/devices/contactless"
	"countersign/devices/contactless/virtualcard"
	"countersign/devices/contactless/virtualreader"
	"countersign/protocol/iso7816"
)

// daemon is the one service that this process can use: libpcsclite keeps its name.
var daemon *virtualreader.Daemon

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "contactless")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if daemon, err = virtualreader.Start(context.Background(), virtualreader.Options{Dir: dir}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer daemon.Close()
	name, value, _ := strings.Cut(daemon.Env(), "=")
	os.Setenv(name, value)
	return m.Run()
}

// patience is how long a test waits for what must come; nothing takes near as long.
const patience = 20 * time.Second

// soon returns a context for that.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// open opens the reader, and closes it at the end of the test.
func open(t testing.TB, o contactless.Options) *contactless.Reader {
	t.Helper()
	r, err := contactless.Open(soon(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	until(t, r, "ready", func(s contactless.State) bool { return s.Condition == contactless.Ready && len(s.Cards) == 0 })
	return r
}

// until waits for a state.
func until(t testing.TB, r *contactless.Reader, what string, is func(contactless.State) bool) contactless.State {
	t.Helper()
	ctx := soon(t)
	for s := r.State(); ; {
		if is(s) {
			return s
		}
		var err error
		if s, err = r.Changed(ctx, s); err != nil {
			t.Fatalf("until %s: %v, %+v", what, err, s)
		}
	}
}

// phone is a card with an application that answers a command with its data twice.
type phone struct {
	session *iso7816.Session
	mu      sync.Mutex
	got     []iso7816.Command
}

func newPhone() *phone {
	p := new(phone)
	p.session = iso7816.NewSession(func(_ context.Context, c iso7816.Command) iso7816.Response {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got = append(p.got, c)
		return iso7816.Response{Data: append(bytes.Clone(c.Data), c.Data...), SW: iso7816.OK}
	})
	return p
}

// commands returns what reached the application.
func (p *phone) commands() []iso7816.Command {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got
}

// options are those of a phone that behaves but for faults.
func (p *phone) options(faults func(int, []byte) virtualcard.Fault) virtualcard.Options {
	return virtualcard.Options{Handler: p.session.Handle, Faults: faults,
		Power: func(virtualcard.Power) { p.session.Reset() }}
}

// attach puts a card before reader 0 or 1, and takes it away at the end of the test.
func attach(t testing.TB, reader int, o virtualcard.Options) *virtualcard.Card {
	t.Helper()
	c, err := virtualcard.Attach(t.Context(), daemon.Address(reader), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// wait waits for a card.
func wait(t testing.TB, r *contactless.Reader) *contactless.Card {
	t.Helper()
	c, err := r.Wait(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// taken waits until the field is empty.
func taken(t testing.TB, r *contactless.Reader) {
	t.Helper()
	if err := r.Removed(soon(t)); err != nil {
		t.Fatal(err)
	}
}

// lies holds that the reader does not say that the field is empty.
func lies(t testing.TB, r *contactless.Reader) {
	t.Helper()
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Removed(now); !errors.Is(err, context.Canceled) {
		t.Errorf("the field is said to be empty: %v", err)
	}
}

var name = []byte("\xF0Counter")

// tap selects and sends up bytes, and wants them twice.
func tap(t testing.TB, c *contactless.Card, up int) error {
	t.Helper()
	if _, err := c.Exchange(soon(t), iso7816.Select(name)); err != nil {
		return err
	}
	data := bytes.Repeat([]byte{0x11}, up)
	answer, err := c.Exchange(soon(t), iso7816.Command{CLA: 0x80, INS: 0x52, Data: data, Le: iso7816.MaxLe})
	if err != nil {
		return err
	}
	if answer.SW != iso7816.OK || !bytes.Equal(answer.Data, append(data, data...)) {
		t.Errorf("%d bytes came back with %v", len(answer.Data), answer.SW)
	}
	return nil
}

// works holds that the reader serves a phone as it should.
func works(t testing.TB, r *contactless.Reader) {
	t.Helper()
	p := attach(t, 0, newPhone().options(nil))
	c := wait(t, r)
	if err := tap(t, c, 100); err != nil {
		t.Errorf("a phone that behaves: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	taken(t, r)
}
