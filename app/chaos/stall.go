package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"countersign/app/program/victim"
	"countersign/devices/contactless/virtualcard"
	"countersign/devices/contactless/virtualreader"
)

// stall is one terminal with a contactless reader, and one customer's wallet: its three
// processes. One goroutine uses it.
type stall struct {
	market *market
	n      int // the shop's number, from 0
	dir    string
	daemon *virtualreader.Daemon
	reader int
	orders net.Listener  // to which trusted applications connect
	calls  chan *process // those that have

	terminal, wallet, trusted *process // nil once ended
	environment               int      // the hardware environment's process

	shows  shown
	opened bool // the terminal's till is
	cards  int  // in the reader's field
	found  bool // a card since the wallet entered
	asked  bool // and the till has begun to ask it
	told   int  // notices that there were then
	paying bool // and has sent PAY
	inside bool // the wallet is in a field
	apdus  []string
	bytes  int
	// transcript is commands and answers of the last stay.
	transcript [][2][]byte
	dying      string // the point at which somebody has ended
	again      bool   // the wallet's trusted side was started again since somebody came to a point
	// watched is whether this stall listens to settlement, which is to be killed.
	watched bool
	said    map[string]json.RawMessage // the last answers, by order
	waits   bool                       // a phone was found, and waits for its turn
	served  int                        // how often the wallet's trusted side was started again

	last    int64 // amount
	entries map[uint64]entry
	burnt   []time.Time // when stories were told in which a code is burnt
}

// shown is what the terminal shows.
type shown struct {
	Stage, Tap, Ending, Reason, Notice string
	Notices                            int
	Number                             uint64
	Unsent                             int
	Took                               map[string]time.Duration
}

// visit is one stay of the wallet in the field, cut or whole.
type visit struct {
	APDU  int             // around which it is cut, from 1
	Cut   virtualcard.Cut // how
	Whole byte            // or around the last APDU of the command with this instruction
}

// view is the wallet's word about its card, in minor units.
type view struct {
	Balance, Waiting    int64
	Kept                int // deductions that are not settled
	Blocked, RolledBack bool
	History             []entry // the newest
}

// entry is a line of the wallet's history.
type entry struct {
	Number  uint64
	Kind    string
	Amount  int64
	Counter uint64
}

// moment bounds whatever a stall waits for, on a machine that has much else to do: it ends
// a run that hangs. No wait of the programs' own is as long.
const moment = 90 * time.Second

// openStall opens a stall: terminal, wallet, a card and money on it. One that failed
// half way is returned as well, to be closed.
func openStall(ctx context.Context, m *market, n int) (*stall, error) {
	s := &stall{market: m, n: n, dir: filepath.Join(m.dir, fmt.Sprint("stall", n)), daemon: m.daemons[n/virtualreader.Readers], reader: n % virtualreader.Readers,
		calls: make(chan *process), said: map[string]json.RawMessage{}, entries: map[uint64]entry{}, last: 100}
	var err error
	if s.orders, err = net.Listen("unix", filepath.Join(m.dir, fmt.Sprint("orders", n))); err != nil {
		return nil, err
	}
	m.answering.Go(func() {
		for {
			conn, err := s.orders.Accept()
			if err != nil {
				return
			}
			select {
			case s.calls <- hear("trusted application", conn):
			case <-m.over:
				_ = conn.Close()
			}
		}
	})
	if err := s.openWallet(ctx); err != nil {
		return s, err
	}
	if err := s.openTerminal(ctx); err != nil {
		return s, err
	}
	if _, err := s.ask(ctx, "apply", nil); err != nil {
		return s, err
	}
	return s, s.topUp(ctx)
}

func (s *stall) openTerminal(ctx context.Context) (err error) {
	args := []string{"--world", s.market.worldFile(), "--settlement", s.market.url, "--data", filepath.Join(s.dir, "terminal"),
		"--from", strconv.Itoa(s.n), "--to", strconv.Itoa(s.n + 1), "--reader", s.daemon.Reader(s.reader)}
	if s.market.tokens != nil {
		args = append(args, "--token", s.market.tokens[s.n], "--gated")
	}
	s.terminal, err = startIn([]string{s.daemon.Env()}, new(atomic.Int64), fmt.Sprint("terminal ", s.n), filepath.Join(s.market.programs, "terminalvictim"), args...)
	if err != nil {
		return err
	}
	s.opened = false
	return s.await(ctx, "the terminal works", func() bool { return s.opened && s.shows.Stage != "" })
}

func (s *stall) openWallet(ctx context.Context) (err error) {
	s.wallet, err = startIn(nil, new(atomic.Int64), fmt.Sprint("wallet ", s.n), filepath.Join(s.market.programs, "walletvictim"), "client",
		"--world", s.market.worldFile(), "--shop", strconv.Itoa(s.n), "--settlement", s.market.url, "--data", filepath.Join(s.dir, "wallet"),
		"--radio", s.daemon.Address(s.reader), "--environment", filepath.Join(s.market.programs, "hardwareenvironment"),
		"--orders", s.orders.Addr().String())
	if err != nil {
		return err
	}
	delete(s.said, victim.Ready)
	return s.await(ctx, "the wallet works", func() bool { return s.said[victim.Ready] != nil && s.environment != 0 })
}

// close ends terminal and wallet in order, whoever of them there is.
func (s *stall) close() error {
	var errs []error
	for _, p := range []*process{s.terminal, s.wallet} {
		if p != nil {
			errs = append(errs, p.stop())
		}
	}
	return errors.Join(append(errs, s.orders.Close())...)
}

// words is a process's, or nothing for ever.
func words(p *process) <-chan victim.Word {
	if p == nil {
		return nil
	}
	return p.words
}

// await listens until something is so.
func (s *stall) await(ctx context.Context, what string, so func() bool) error {
	return s.awaitWithin(ctx, moment, what, so)
}

func (s *stall) awaitWithin(ctx context.Context, most time.Duration, what string, so func() bool) error {
	ctx, stop := context.WithTimeout(ctx, most)
	defer stop()
	for !so() {
		var err error
		select {
		case w, alive := <-words(s.terminal):
			if err = s.hear(w); !alive {
				err = s.ended(&s.terminal)
			}
		case w, alive := <-words(s.wallet):
			if err = s.hear(w); !alive {
				err = s.ended(&s.wallet)
			}
		case w, alive := <-words(s.trusted):
			if w.Say == victim.Ready {
				s.environment, err = strconv.Atoi(w.Address)
			} else if err = s.hear(w); !alive {
				s.trusted, s.environment = nil, 0
			}
		case s.trusted = <-s.called():
		case w, alive := <-s.theirs():
			if err = s.hear(w); !alive {
				err = s.ended(&s.market.settlement)
			}
		case <-ctx.Done():
			return fmt.Errorf("stall %d: not so: %s: %w; it shows %+v, %d cards in the field\n%s", s.n, what, context.Cause(ctx), s.shows, s.cards, s.tails())
		}
		if err != nil {
			return fmt.Errorf("stall %d: before it was so that %s: %w", s.n, what, err)
		}
	}
	return nil
}

// called is where the next trusted application connects, once the last has gone.
func (s *stall) called() <-chan *process {
	if s.trusted != nil {
		return nil
	}
	return s.calls
}

// theirs are settlement's words.
func (s *stall) theirs() <-chan victim.Word {
	if !s.watched {
		return nil
	}
	return words(s.market.settlement)
}

func (s *stall) tails() string {
	text := ""
	for _, p := range []*process{s.terminal, s.wallet} {
		if p != nil {
			text += p.name + ": " + p.tail.String() + "\n"
		}
	}
	return text
}

// ended notes that a process has ended, which is a failure unless it came to a point.
func (s *stall) ended(p **process) error {
	died := (*p).died()
	*p = nil
	if s.dying == "" {
		return died
	}
	return nil
}

// hear takes a word.
func (s *stall) hear(w victim.Word) error {
	switch w.Say {
	case victim.Wrong:
		return fmt.Errorf("%s", w.Data)
	case victim.Dying:
		s.dying, s.again = w.Point, false
	case "shows":
		s.shows = shown{}
		err := json.Unmarshal(w.Data, &s.shows)
		if s.shows.Tap == "found" && !s.asked {
			s.asked, s.told = true, s.shows.Notices
		}
		s.paying = s.paying || s.shows.Stage == "tapping"
		return err
	case "field":
		err := json.Unmarshal(w.Data, &s.cards)
		s.found = s.found || s.cards > 0
		return err
	case "left":
		s.inside = false
		var left struct {
			APDUs []string
			Bytes int
			Said  [][2][]byte
		}
		err := json.Unmarshal(w.Data, &left)
		s.apdus, s.bytes, s.transcript = left.APDUs, left.Bytes, left.Said
		return err
	case "serving":
		s.served++
		s.again = true
	case "open":
		s.opened, s.shows = true, shown{}
	case "gate":
		s.waits = true
	case "held":
		err := s.killEnvironment()
		s.wallet.tell(victim.Order{Do: "release"})
		return err
	case "":
	default:
		s.said[w.Say] = append(json.RawMessage{' '}, w.Data...)
	}
	return nil
}

// ask gives the wallet an order and returns the answer.
func (s *stall) ask(ctx context.Context, order string, with any) (json.RawMessage, error) {
	return s.askOf(ctx, s.wallet, order, with)
}

func (s *stall) askOf(ctx context.Context, p *process, order string, with any) (json.RawMessage, error) {
	raw, err := json.Marshal(with)
	if err != nil {
		return nil, err
	}
	delete(s.said, order)
	p.tell(victim.Order{Do: order, With: raw})
	err = s.await(ctx, order+" is answered", func() bool {
		return s.said[order] != nil || p != s.terminal && p != s.wallet && p != s.trusted // it has ended
	})
	return s.said[order], err
}

// cashier gives the terminal's cashier an order.
func (s *stall) cashier(order string, with any) {
	raw, _ := json.Marshal(with) // numbers and nothing
	s.terminal.tell(victim.Order{Do: order, With: raw})
}

// card asks the wallet how its card stands.
func (s *stall) card(ctx context.Context, order string) (v view, err error) {
	raw, err := s.ask(ctx, order, nil)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, err
	}
	for _, e := range v.History {
		s.entries[e.Number] = e
	}
	return v, nil
}

// topUp loads the card when little is left on it.
func (s *stall) topUp(ctx context.Context) error {
	v, err := s.card(ctx, "card")
	if err != nil || v.Balance > leastBalance {
		return err
	}
	_, err = s.ask(ctx, "load", map[string]any{"Amount": topUp})
	return err
}

// What is on a card, in minor units.
const (
	leastBalance = 400_00
	topUp        = 500_00
)

// killEnvironment ends the hardware environment's process.
func (s *stall) killEnvironment() error {
	s.dying, s.again = theEnvironment, false
	return syscall.Kill(s.environment, syscall.SIGKILL)
}
