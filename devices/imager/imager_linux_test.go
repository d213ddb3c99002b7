package imager_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/imager"
	"countersign/devices/imager/virtualimager"
	"countersign/devices/serialline"
)

const code = "CS1P:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDEXWK G2EP4J0BGJLFX3R3VHXK.PJ:2DPF6R:5SVBHABVCNN95SWMPHQUHQN%A0"

type counter struct {
	path    string
	hand    *imager.Imager
	changed chan error
	idle    chan string // what nobody waited for
}

// counterWith starts an imager's reader; plugged is whether there is one.
func counterWith(t *testing.T, plugged bool) (*counter, *virtualimager.Imager) {
	t.Helper()
	c := &counter{path: filepath.Join(t.TempDir(), "imager"), changed: make(chan error, 16), idle: make(chan string, 64)}
	var v *virtualimager.Imager
	if plugged {
		v = c.plug(t)
	}
	c.hand = imager.New(imager.Settings{
		Port: c.path, Quiet: 100 * time.Millisecond,
		Changed: func(err error) { c.changed <- err }, Unclaimed: func(text string) { c.idle <- text },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.hand.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
	if plugged {
		c.until(t, nil)
	}
	return c, v
}

func (c *counter) plug(t *testing.T) *virtualimager.Imager {
	t.Helper()
	v, err := virtualimager.Plug(c.path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// until waits until the imager is as wanted; nil is ready.
func (c *counter) until(t *testing.T, want error) {
	t.Helper()
	over := time.After(20 * time.Second)
	for {
		select {
		case err := <-c.changed:
			if err == want || want != nil && errors.Is(err, want) {
				return
			}
		case <-over:
			t.Fatalf("never %v", want)
		}
	}
}

// scan reads one text, which send has sent once somebody waits.
func (c *counter) scan(t *testing.T, want func(string) bool, send func() error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	waiting, got := make(chan struct{}), make(chan string)
	go func() {
		close(waiting)
		text, err := c.hand.Scan(ctx, want)
		if err != nil {
			t.Error(err)
		}
		got <- text
	}()
	<-waiting
	for { // what is read before somebody waits is dropped, and a person pulls the trigger again
		if err := send(); err != nil {
			t.Fatal(err)
		}
		again := time.NewTimer(2 * time.Second)
		select {
		case text := <-got:
			again.Stop()
			return text
		case <-again.C:
		}
	}
}

func whatever(string) bool { return true }

func TestSettingsOfImagers(t *testing.T) {
	c, v := counterWith(t, true)
	for name, round := range map[string][2]string{
		"CR": {"", "\r"}, "LF": {"", "\n"}, "CR LF": {"", "\r\n"}, "STX ETX": {"\x02", "\x03"}, "NUL": {"", "\x00"},
		"an AIM identifier": {"]Q1", "\r\n"}, "no suffix": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			v.Prefix, v.Suffix = round[0], round[1]
			if got := c.scan(t, whatever, func() error { return v.Read(code) }); got != code {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestOnlyWhatIsWanted(t *testing.T) {
	c, v := counterWith(t, true)
	seen := 0
	got := c.scan(t, func(text string) bool { seen++; return strings.HasPrefix(text, "CS1P:") }, func() error {
		return errors.Join(v.Read("https://example.org/menu"), v.Read("4006381333931"), v.Read(code))
	})
	if got != code || seen < 3 {
		t.Errorf("%q after %d texts", got, seen)
	}
}

func TestNoise(t *testing.T) {
	c, v := counterWith(t, true)
	got := c.scan(t, whatever, func() error {
		return errors.Join(v.Send("\xff\xfe half \x01 a text\r"), v.Send(strings.Repeat("A", imager.MaxText+1)+"\r"), v.Send("\r\n\r\n"), v.Read(code))
	})
	if got != code || c.hand.Dropped() < 2 {
		t.Errorf("%q, %d dropped", got, c.hand.Dropped())
	}
}

// TestWhatNobodyWaitedFor: a code that was read before the sale began pays nothing, and is
// told, whole and in order.
func TestWhatNobodyWaitedFor(t *testing.T) {
	c, v := counterWith(t, true)
	for _, text := range []string{"old", "4006381333931"} {
		if err := v.Read(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"old", "4006381333931"} {
		select {
		case text := <-c.idle:
			if text != want {
				t.Errorf("%q in place of %q", text, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("nobody was told of %q", want)
		}
	}
	if got := c.scan(t, whatever, func() error { return v.Read(code) }); got != code {
		t.Errorf("%q was delivered", got)
	}
}

func TestPulledOutAndBack(t *testing.T) {
	c, _ := counterWith(t, false)
	c.until(t, serialline.ErrMissing)
	v := c.plug(t)
	c.until(t, nil)
	if got := c.scan(t, whatever, func() error { return v.Read(code) }); got != code {
		t.Errorf("%q", got)
	}
	if err := v.Pull(c.path); err != nil {
		t.Fatal(err)
	}
	c.until(t, serialline.ErrUnplugged)
	v = c.plug(t)
	c.until(t, nil)
	if got := c.scan(t, whatever, func() error { return v.Read(code) }); got != code {
		t.Errorf("%q", got)
	}
	if err := v.Pull(c.path); err != nil {
		t.Error(err)
	}
}

func TestScanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imager.New(imager.Settings{}).Scan(ctx, whatever); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
