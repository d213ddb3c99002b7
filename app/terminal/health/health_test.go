package health

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// desk is a terminal that a test plays.
type desk struct {
	t       *testing.T
	now     time.Time
	waiting Waiting
	devices []protocol.DeviceStatus
	shift   uint64
	head    uint64
	zs      []Z
	busy    bool
	broken  error // of sending
	sent    []protocol.TerminalStatus
	log     strings.Builder
	*Reporter
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), devices: []protocol.DeviceStatus{{Kind: protocol.DevicePrinter, State: protocol.DeviceWorking}}, shift: 4, head: 7}
	key, end := protocoltest.SignatureKey(t, "T-0001"), d.now.Add(48*time.Hour)
	d.Reporter = &Reporter{
		Terminal: Terminal{
			Version: "1.6.0", Waiting: func(context.Context) (Waiting, error) { return d.waiting, nil },
			Shift:   func() (uint64, time.Time) { return d.shift, d.now.Add(-time.Hour) },
			Devices: func() []protocol.DeviceStatus { return d.devices },
			Head:    func() (uint64, protocol.Hash) { return d.head, protocol.Hash{byte(d.head)} },
			Zs: func(_ context.Context, after uint64) ([]Z, error) {
				n := slices.IndexFunc(d.zs, func(z Z) bool { return z.Number > after })
				if n < 0 {
					return nil, nil
				}
				return d.zs[n:], nil
			},
			CertificateEnd: func() time.Time { return end }, Clock: func() protocol.ClockState { return protocol.ClockSynchronised },
			Busy: func() bool { return d.busy },
		},
		Sign: func(s protocol.TerminalStatus) (*protocol.Signed[protocol.TerminalStatus], error) {
			return protocol.Sign(key, s)
		},
		Send: func(_ context.Context, s *protocol.Signed[protocol.TerminalStatus]) error {
			if d.broken == nil {
				d.sent = append(d.sent, s.Unverified())
			}
			return d.broken
		},
		Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
	}
	d.defaults()
	return d
}

// later looks once more after a time, and returns what was sent.
func (d *desk) later(after time.Duration) []protocol.TerminalStatus {
	d.now = d.now.Add(after)
	d.sent = nil
	d.turn(d.t.Context())
	return d.sent
}

// A status is sent every minute, and when what somebody looks for has changed.
func TestWhenAStatusIsSent(t *testing.T) {
	d := newDesk(t)
	sends := func(what string, after time.Duration, want int) {
		t.Helper()
		if sent := d.later(after); len(sent) != want {
			t.Errorf("%s: %d were sent, want %d", what, len(sent), want)
		}
	}
	sends("at the start", 0, 1)
	sends("nothing changed", 5*time.Second, 0)
	d.head, d.waiting.Open = 9, 1
	sends("a sale goes on", 5*time.Second, 0)
	d.waiting.Unknown = 1
	sends("a sale is unknown", 5*time.Second, 1)
	d.devices[0].State = protocol.DeviceFailed
	sends("the printer fails", 5*time.Second, 1)
	d.waiting.Unsent = 1
	sends("something is unsent", 5*time.Second, 1)
	d.waiting.Unsent = 2
	sends("one more is unsent", 5*time.Second, 0)
	d.shift = 0
	sends("the shift is closed", 5*time.Second, 1)
	sends("not yet a minute", 55*time.Second, 0)
	sends("a minute", 5*time.Second, 1)
	sends("the clock was set back", -time.Hour, 1)
	d.busy, d.shift = true, 5
	sends("a customer is served", 5*time.Second, 0)
	sends("for long", 59*time.Second, 0)
	sends("for too long", time.Second, 1)
	d.busy = false
	sends("and has gone", 5*time.Second, 0)
}

// What is told is what there is, within the message's limits.
func TestWhatAStatusSays(t *testing.T) {
	d := newDesk(t)
	d.waiting = Waiting{Open: 3, Unknown: 2, Reversals: 1, Unsent: 1 << 30, LastSale: d.now.Add(-time.Minute)}
	d.devices = []protocol.DeviceStatus{{Kind: protocol.DevicePrinter, State: protocol.DeviceWorking}, {Kind: protocol.DeviceCamera, State: protocol.DeviceWorking}, {Kind: protocol.DevicePrinter, State: protocol.DeviceFailed}}
	d.Terminal.Version = strings.Repeat("ü", 40)
	s := d.later(0)[0]
	want := []protocol.DeviceStatus{{Kind: protocol.DeviceCamera, State: protocol.DeviceWorking}, {Kind: protocol.DevicePrinter, State: protocol.DeviceFailed}}
	if s.At != protocol.At(d.now) || s.Open != 3 || s.Unknown != 2 || s.Reversals != 1 || s.Unsent != protocol.MaxStatusCount || s.LastSale != s.At-60 || !slices.Equal(s.Devices, want) ||
		s.Version != strings.Repeat("ü", 24) || s.Shift != 4 || s.ShiftSince != s.At-3600 || s.Sequence != 7 || s.Head != (protocol.Hash{7}) || s.CertificateEnd != s.At+2*86400 || s.Clock != protocol.ClockSynchronised {
		t.Errorf("said %+v", s)
	}
	d.shift, d.head, d.waiting, d.devices, d.Terminal.Clock, d.Terminal.Version = 0, 0, Waiting{}, nil, nil, ""
	d.Terminal.Head = func() (uint64, protocol.Hash) { return 0, protocol.Hash{} }
	if s := d.later(time.Minute)[0]; s.Shift != 0 || s.ShiftSince != 0 || s.Sequence != 0 || s.LastSale != 0 || s.Devices == nil || s.Clock != protocol.ClockUnknown {
		t.Errorf("a new terminal said %+v", s)
	}
}

// Every Z report is told, whatever was in the way.
func TestZReportsAreToldWithoutGaps(t *testing.T) {
	d := newDesk(t)
	add := func(numbers ...uint64) {
		for _, n := range numbers {
			d.zs = append(d.zs, Z{n, protocol.Hash{byte(n), 1}})
		}
	}
	told := func(want ...uint64) {
		t.Helper()
		var have []uint64
		for _, s := range d.later(5 * time.Second) {
			have = append(have, s.ZNumber)
			if s.ZHash != (protocol.Hash{byte(s.ZNumber), 1}) {
				t.Errorf("Z %d has another's hash", s.ZNumber)
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("told %d, want %d", have, want)
		}
	}
	add(1, 2, 3)
	told(1, 2, 3) // from before the program started
	told()
	d.broken = errors.New("the network is away")
	add(4)
	told()
	add(5, 6)
	told()
	d.broken = nil
	told(4, 5, 6)
	add(7)
	told(7)
	if n := strings.Count(d.log.String(), "not sent"); n != 1 || !strings.Contains(d.log.String(), "again") {
		t.Errorf("the log says:\n%s", d.log.String())
	}
	for n := range uint64(100) {
		add(8 + n)
	}
	if sent := d.later(time.Minute); len(sent) != MostZs || sent[MostZs-1].ZNumber != 107 {
		t.Errorf("%d were told at once", len(sent))
	}
}

// What cannot be found out is told once, and tried again.
func TestWhatFails(t *testing.T) {
	d := newDesk(t)
	good := d.Terminal.Waiting
	d.Terminal.Waiting = func(context.Context) (Waiting, error) { return Waiting{}, errors.New("the file is closed") }
	for range 3 {
		if sent := d.later(time.Minute); len(sent) != 0 {
			t.Errorf("sent %+v", sent)
		}
	}
	d.Terminal.Waiting = good
	if sent := d.later(time.Second); len(sent) != 1 || strings.Count(d.log.String(), "the file is closed") != 1 {
		t.Errorf("sent %+v; log:\n%s", sent, d.log.String())
	}
}

// Run looks by itself, and ends with its context.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.Reporter.Now = time.Now
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx) }()
		time.Sleep(10*time.Minute + time.Second)
		cancel()
		<-ended
		if len(d.sent) != 11 {
			t.Errorf("%d in ten minutes", len(d.sent))
		}
	})
}

// The whole way, over mutual TLS.
func TestOverTheWire(t *testing.T) {
	sale := protocoltest.NewSale(t, 120, false)
	server := virtualsettlement.Start(t, sale)
	client, err := settlementclient.New(settlementclient.Options{
		URL: server.URL, TLS: server.TLS.Client(protocol.RoleTerminal, sale.Terminal.Subject), Trust: sale.Realm.Trust,
		Certificate: func() *protocol.Signed[protocol.Certificate] { return sale.Terminal.Certificate }, Clock: func() time.Time { return sale.Realm.Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	d := newDesk(t)
	d.now, d.Reporter.Send = sale.Realm.Now, client.SendStatus
	d.Reporter.Sign = func(s protocol.TerminalStatus) (*protocol.Signed[protocol.TerminalStatus], error) {
		return protocol.Sign(sale.Terminal.Key, s)
	}
	d.zs = []Z{{1, protocol.Hash{1, 1}}, {2, protocol.Hash{2, 1}}}
	d.later(0)
	if kept := server.Statuses(); len(kept) != 2 || kept[0].ZNumber != 1 || kept[1].ZNumber != 2 || kept[1].Sequence != 7 {
		t.Errorf("settlement has %+v; log:\n%s", kept, d.log.String())
	}
}

// The kernel's answer is one of the three.
func TestSystemClock(t *testing.T) {
	if state := SystemClock(); state > protocol.ClockUnsynchronised {
		t.Errorf("clock in state %d", state)
	}
}
