package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/demo/chronicle"
	"countersign/app/program/subprocess"
)

// Options say what kind of shop.
type Options struct {
	// Bin is the directory of the built programs, Logs the one that their standard
	// errors are kept in, a file a party.
	Bin, Logs string
	// Env is what windows need beyond the person's environment.
	Env       []string
	Chronicle *chronicle.Chronicle
	// Language is what the windows begin with, "en" or "zh".
	Language string
	// Account is the number of the owner's account, Balance what is loaded into it,
	// such as "100.00".
	Account, Balance string
	// Life is a request's and AskFor how long an unknown outcome is asked about; 0
	// is the terminal's own.
	Life, AskFor time.Duration
	// The cameras' addresses and the sensors' ports; PhoneSensor is empty for a
	// phone that has none.
	TerminalCamera, PhoneCamera             string
	TerminalSensor, DeskSensor, PhoneSensor string
	// Radio is what the phone is held to, "host:port", and ReaderEnv what the terminal
	// finds its contactless reader by; both are empty where there is none.
	Radio, ReaderEnv string
	// PIN is the owner's, and PINMost the largest amount for which it serves where no
	// finger can be read, such as "100.00"; Load is what the virtual card is topped up with.
	PIN, PINMost, Load string
	// Counter is how the terminal's counter is run, beyond what the demonstration needs.
	Counter Counter
	// Press lays the owner's finger on the desk's sensor; it is called each time
	// when the desk asks for it.
	Press func()
	// Link returns the address at which the terminal reaches settlement's, PhoneLink
	// the one at which the phone does; all are "host:port".
	Link, PhoneLink func(settlement string) (string, error)
}

// Shop is everybody, running. Its methods may be called by any goroutine.
type Shop struct {
	options Options
	dir     string

	authority, settlement, desk, terminal, wallet *party
	walletFlags, terminalFlags                    []string // of their windows

	mu       sync.Mutex
	running  []*subprocess.Program        // in the order in which they were started
	ending   map[*subprocess.Program]bool // by end, of which nobody need be told
	ended    chan *subprocess.Program
	watching sync.WaitGroup
}

// Open sets everybody up and opens the two windows. Whatever the error, it has
// ended what it started. It takes some seconds, most of them for the owner's
// finger on the desk's sensor.
func Open(ctx context.Context, options Options) (*Shop, error) {
	dir, err := os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return nil, fmt.Errorf("set up the shop: %w", err)
	}
	s := &Shop{options: options, dir: dir, ended: make(chan *subprocess.Program, 8), ending: map[*subprocess.Program]bool{}}
	if err := s.setUp(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Ended gives every program that was started to stay and has ended unasked.
func (s *Shop) Ended() <-chan *subprocess.Program { return s.ended }

// PID is the process of a party's window.
func (s *Shop) PID(party string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.running {
		if p.Name() == party+" run" {
			return p.PID()
		}
	}
	return 0
}

// Proof has settlement check every invariant of its ledger.
func (s *Shop) Proof(ctx context.Context) error {
	_, err := s.settlement.run(ctx, "proof", s.settlement.data())
	return err
}

// Balance is what settlement's books say that the owner's account holds, in minor
// units.
func (s *Shop) Balance(ctx context.Context) (int64, error) {
	list, err := s.settlement.run(ctx, "account list", s.settlement.data(), []string{"--full"})
	if err != nil {
		return 0, err
	}
	return balanceOf(list, s.options.Account)
}

// Close ends every program, windows first, waits for them, and removes what they
// kept. Their logs stay.
func (s *Shop) Close() error {
	s.mu.Lock()
	running := s.running
	s.running = nil
	s.mu.Unlock()
	var errs []error
	var windows errgroup.Group // they take longest
	for len(running) > 0 {
		last := running[len(running)-1]
		if last.Name() != Terminal+" run" && last.Name() != Wallet+" run" {
			break
		}
		running = running[:len(running)-1]
		windows.Go(func() error { return s.end(last) })
	}
	errs = append(errs, windows.Wait())
	for i := len(running) - 1; i >= 0; i-- {
		errs = append(errs, s.end(running[i]))
	}
	s.watching.Wait()
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// farewell is how long a program may take to end after it was asked to, on a machine
// that is busy with much else.
const farewell = 20 * time.Second

// end asks a program to end and waits until it has; one that does not is made to. The error
// says that even that took too long.
func (s *Shop) end(p *subprocess.Program) error {
	select {
	case <-p.Done():
		return p.Stop()
	default:
	}
	s.mu.Lock()
	s.ending[p] = true
	s.mu.Unlock()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return p.Stop() // it has just ended
	}
	late := time.NewTimer(farewell)
	defer late.Stop()
	select {
	case <-p.Done():
	case <-late.C:
		// It is made to end, and its log says where it stood: what is demonstrated does
		// not depend on it. That programs end when asked is tested where they are.
		_ = p.Signal(syscall.SIGQUIT)
		gone := time.NewTimer(farewell)
		defer gone.Stop()
		select {
		case <-p.Done():
		case <-gone.C:
		}
	}
	return p.Stop()
}

// stay starts a program that stays until Close.
func (s *Shop) stay(c subprocess.Command) (*subprocess.Program, error) {
	p, err := subprocess.Start(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.running = append(s.running, p)
	s.mu.Unlock()
	s.watching.Go(func() {
		<-p.Done()
		s.mu.Lock()
		expected := s.ending[p]
		s.mu.Unlock()
		if !expected {
			s.ended <- p // has room for all that stay
		}
	})
	return p, nil
}

// serve starts a server and returns the address that it listens at.
func (s *Shop) serve(ctx context.Context, c subprocess.Command) (string, error) {
	listening := make(chan string, 1)
	c.Stdout = func(line []byte) {
		var said struct {
			Listening string `json:"listening"`
		}
		if json.Unmarshal(line, &said) == nil && said.Listening != "" {
			select {
			case listening <- said.Listening:
			default: // it has been said
			}
		}
	}
	p, err := s.stay(c)
	if err != nil {
		return "", err
	}
	select {
	case address := <-listening:
		return address, nil
	case <-p.Done():
		return "", p.Err()
	case <-ctx.Done():
		return "", fmt.Errorf("wait for %s: %w", c.Name, context.Cause(ctx))
	}
}
