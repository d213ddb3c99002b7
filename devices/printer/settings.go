package printer

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings say which printer, and how to treat it. Zero values mean the defaults that are named.
type Settings struct {
	// Address is "serial:PORT?baud=N" (19200 where it is not said), "usb:DEVICE" or "tcp:HOST:PORT" (9100). Any may end in
	// ?status=none for a printer that answers nothing.
	Address string
	// OneWay is the same as ?status=none.
	OneWay bool
	// Keep is how long a job waits for the printer before it is given up. Zero: 10 min.
	Keep time.Duration
	// KickKeep is the same of a kick of the drawer. Zero: 5 s.
	KickKeep time.Duration
	// Most is how many jobs the queue holds. Zero: 50.
	Most int
	// Attempts is how often a job is begun whose connection breaks. Zero: 3.
	Attempts int
	// Poll is how often an idle printer is asked how it is. Zero: 2 s.
	Poll time.Duration
	// Answer is how long it may take over an answer. Zero: 1 s.
	Answer time.Duration
	// Through is how long a job may take that the printer has, as long as the printer says that it is well; after that it
	// counts as one that does not answer GS r, and the job as printed. Zero: 20 s.
	Through time.Duration
	// Stall is how long it may take no data. Zero: 20 s.
	Stall time.Duration
	// Retry is the pause before it is looked for again, doubled after each failure up to 16 times. Zero: 500 ms.
	Retry time.Duration
	// DrawerPin and DrawerOpenLow are those of escpos.Profile.
	DrawerPin     int
	DrawerOpenLow bool
	// Ended is told of each job that has ended, with nil or its ErrGivenUp; kicks are not. It must return soon.
	Ended func(id uint64, err error)
	// Log is where changes and jobs that were given up are told. Nil: nowhere.
	Log *slog.Logger
	// Clock tells the time of states. Nil: time.Now. Pauses and time-outs run by the machine's timers.
	Clock func() time.Time
}

// target is an address in parts.
type target struct {
	kind string // serial, usb, tcp
	name string // port, device or host:port
	baud int
}

func (s Settings) filled() (Settings, target, error) {
	fill := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	fill(&s.Keep, 10*time.Minute)
	fill(&s.KickKeep, 5*time.Second)
	fill(&s.Poll, 2*time.Second)
	fill(&s.Answer, time.Second)
	fill(&s.Through, 20*time.Second)
	fill(&s.Stall, 20*time.Second)
	fill(&s.Retry, 500*time.Millisecond)
	if s.Most <= 0 {
		s.Most = 50
	}
	if s.Attempts <= 0 {
		s.Attempts = 3
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Clock == nil {
		s.Clock = time.Now
	}
	if s.Ended == nil {
		s.Ended = func(uint64, error) {}
	}
	t, oneWay, err := parse(s.Address)
	s.OneWay = s.OneWay || oneWay
	return s, t, err
}

// parse takes an address apart.
func parse(address string) (t target, oneWay bool, err error) {
	bad := func(why string) (target, bool, error) {
		return target{}, false, fmt.Errorf("%w: %q: %s", ErrAddress, address, why)
	}
	kind, rest, ok := strings.Cut(address, ":")
	if !ok || rest == "" {
		return bad("it does not say how it is connected")
	}
	name, query, _ := strings.Cut(rest, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return bad("what stands behind the question mark cannot be read")
	}
	t = target{kind: kind, name: name, baud: 19200}
	for key, values := range options {
		switch value := values[len(values)-1]; {
		case key == "status" && value == "none":
			oneWay = true
		case key == "baud" && kind == "serial":
			if t.baud, err = strconv.Atoi(value); err != nil || t.baud < 1200 || t.baud > 921600 {
				return bad("baud is a speed, 1200 to 921600")
			}
		default:
			return bad(fmt.Sprintf("it has no %s=%s", key, value))
		}
	}
	switch kind {
	case "serial", "usb":
		if name == "" {
			return bad("it names no device")
		}
	case "tcp":
		if _, _, err := net.SplitHostPort(name); err != nil {
			t.name = net.JoinHostPort(strings.Trim(name, "[]"), "9100")
		}
		if host, port, err := net.SplitHostPort(t.name); err != nil || host == "" || port == "" {
			return bad("it names no host")
		}
	default:
		return bad("it is none of serial, usb and tcp")
	}
	return t, oneWay, nil
}
