package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/devices/contactless/virtualcard"
	"countersign/protocol"
)

// tapOptions say how a run of torn taps is to be.
type tapOptions struct {
	programs string
	stalls   int // that sell side by side
	stories  []story
	short    bool // each fail point once, and no phone leaves a second time behind a tap that was given up
	out      io.Writer
}

// taps tears sales by tap at every point: "chaos taps".
func taps(ctx context.Context, args []string, out io.Writer) error {
	o := tapOptions{out: out}
	flags := flag.NewFlagSet("chaos taps", flag.ContinueOnError)
	flags.IntVar(&o.stalls, "stalls", 16, "how many terminals and wallets work at once")
	flags.BoolVar(&o.short, "short", false, "as the tests do it")
	from := flags.Int("from", 1, "the `number` of the story to begin with")
	flags.StringVar(&o.programs, "programs", "", "the `folder` of the victims (default: this program's)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	whole := options{programs: o.programs}
	if err := whole.complete(); err != nil {
		return err
	}
	o.programs = whole.programs
	if o.short {
		o.stories = stories()
		return tear(ctx, o)
	}
	if *from < 1 || *from > len(stories()) {
		return fmt.Errorf("there is no story %d", *from)
	}
	for _, st := range stories()[*from-1:] { // each at a market of its own: a purse keeps no more burnt codes for one terminal than one makes
		o.stories = []story{st}
		if err := tear(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// errand is a story and what else goes wrong in it.
type errand struct {
	story
	mishap
}

// tear plays every story with every mishap that a clean telling of it has room for, and
// compares what everybody has in the end.
func tear(ctx context.Context, o tapOptions) (err error) {
	began := time.Now()
	world, err := virtualrealm.NewWorld(o.stalls, began)
	if err != nil {
		return err
	}
	m, err := openMarket(ctx, o.programs, world, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close(context.WithoutCancel(ctx))) }()
	list, err := m.learn(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "taps: %d stories, %d mishaps found in them, %d stalls\n", len(o.stories), len(list), o.stalls)
	if err := m.play(ctx, list); err != nil {
		return err
	}
	more, err := m.learnSettlement(ctx, o)
	if err != nil {
		return err
	}
	for n, e := range more { // one after the other, at all stalls in turn
		if err := m.stalls[n%len(m.stalls)].strike(ctx, e); err != nil {
			return err
		}
	}
	counted := map[string]int{}
	for _, e := range append(list, more...) {
		counted[e.kind()]++
	}
	for _, kind := range slices.Sorted(keys(counted)) {
		fmt.Fprintf(o.out, "  %-44s %5d\n", kind, counted[kind])
	}
	fmt.Fprintf(o.out, "the service did not see a phone until it was lifted: %d times\n", m.missed.Load())
	fmt.Fprintf(o.out, "stories that went past their mishap and were told again: %d\n", m.past.Load())
	if err := m.agree(ctx, o.out); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "terminals, wallets and settlement agree to the cent after %v\n", time.Since(began).Round(time.Second))
	return nil
}

func keys(counted map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range counted {
			if !yield(key) {
				return
			}
		}
	}
}

func (e errand) kind() string {
	if e.who != "" {
		return e.who + " killed"
	}
	return "the phone leaves: " + cutNames[e.cut.Cut]
}

// learn tells each story once without a mishap, each at a stall of its own, and returns
// what may go wrong in them.
func (m *market) learn(ctx context.Context, o tapOptions) (list []errand, err error) {
	all := o.stories
	clean, err := m.stalls[0].tell(ctx, stories()[0], mishap{})
	if err != nil {
		return nil, err
	}
	tellings := make([]told, len(all))
	group, each := errgroup.WithContext(ctx)
	group.SetLimit(len(m.stalls))
	free := make(chan *stall, len(m.stalls))
	for _, s := range m.stalls {
		free <- s
	}
	for n, st := range all {
		group.Go(func() (err error) {
			s := <-free
			defer func() { free <- s }()
			tellings[n], err = s.tell(each, st, mishap{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	once := map[string]bool{}
	for n, st := range all {
		fmt.Fprintf(o.out, "%-32s %s\n", st.name, strings.Join(flat(tellings[n].visits), ", "))
		for _, h := range tellings[n].mishaps() {
			key := h.who + h.point
			switch {
			case !o.short:
			case h.who == "" && (st.give || st.large && h.visit == 1),
				h.who == theEnvironment && (n > 0 || !strings.HasPrefix(clean.visits[0][slot(h.point)], "PAY")),
				h.who == theClient && n > 0,
				h.who != "" && h.who != theClient && (once[key] || !ofTaps(h.point)):
				continue
			}
			once[key] = true
			list = append(list, errand{st, h})
		}
	}
	return list, nil
}

// slot is the APDU, from 0, that the name of a point at which the client stands still ends with.
func slot(point string) (n int) {
	_, _ = fmt.Sscan(point[strings.LastIndexByte(point, ' ')+1:], &n)
	return n - 1
}

func flat(visits [][]string) (list []string) {
	for n, visit := range visits {
		if n > 0 {
			list = append(list, "again")
		}
		list = append(list, visit...)
	}
	return list
}

// burns is how many stories a stall tells in burnTime in which its card says that it
// will never pay for a code: of such codes a purse keeps 16 for one terminal (package purse), and one
// story may have it keep two.
const (
	burns    = 13
	burnTime = protocol.MaxLife + protocol.MaxAge + protocol.MaxSkew
)

// burn says whether a card is made to say so in the errand.
func (e errand) burn() bool { return e.tear == virtualcard.Unheard }

// play has the stalls tell all errands.
func (m *market) play(ctx context.Context, list []errand) error {
	var mu sync.Mutex
	next := func(s *stall) (e errand, wait, more bool) {
		mu.Lock()
		defer mu.Unlock()
		s.burnt = slices.DeleteFunc(s.burnt, func(at time.Time) bool { return time.Since(at) > burnTime })
		for n, e := range list {
			if !e.burn() || len(s.burnt) < burns {
				list = slices.Delete(list, n, n+1)
				if e.burn() {
					s.burnt = append(s.burnt, time.Now())
				}
				return e, false, true
			}
		}
		return e, true, len(list) > 0
	}
	list = slices.Clone(list)
	group, each := errgroup.WithContext(ctx)
	for _, s := range m.stalls {
		group.Go(func() error {
			for {
				switch e, wait, more := next(s); {
				case !more || each.Err() != nil:
					return nil
				case wait:
					victim.Pause(each, time.Second)
				default:
					if err := s.strike(each, e); err != nil {
						return err
					}
				}
			}
		})
	}
	return group.Wait()
}

// learnSettlement tells the stories once more, one after the other, and returns the
// points at which settlement may be killed in them.
func (m *market) learnSettlement(ctx context.Context, o tapOptions) (list []errand, err error) {
	once := map[string]bool{}
	for n, st := range o.stories {
		if o.short && n != 0 && n != 3 {
			continue // the others send nothing else to settlement
		}
		if _, err := ask[map[string]int](ctx, m.settlement, "reached"); err != nil {
			return nil, err
		}
		if _, err := m.stalls[0].tell(ctx, st, mishap{}); err != nil {
			return nil, err
		}
		reached, err := ask[map[string]int](ctx, m.settlement, "reached")
		if err != nil {
			return nil, err
		}
		for _, point := range sorted(reached) {
			wallets := strings.HasPrefix(point, "service.") && !strings.Contains(point, ".tap.") && !strings.Contains(point, ".abandonment.")
			if !wallets && (!o.short || !once[point]) { // what the wallet asks is between the sales
				once[point] = true
				list = append(list, errand{st, mishap{who: theSettlement, point: point, n: 1}})
			}
		}
	}
	return list, nil
}

// agree has every wallet speak to settlement once more, and compares.
func (m *market) agree(ctx context.Context, out io.Writer) error {
	var mu sync.Mutex
	group, each := errgroup.WithContext(ctx)
	ends := make([]ending, len(m.stalls))
	for n, s := range m.stalls {
		group.Go(func() error {
			e, err := s.end(each)
			mu.Lock()
			defer mu.Unlock()
			ends[n] = e
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	books, err := m.books(ctx)
	if err != nil {
		return err
	}
	found := findings{}
	if !books.Holds {
		found.add(invariantProof, "%s", books.Proof)
	}
	total := tally{}
	for n, e := range ends {
		total.add(e.compare(found, books, n))
	}
	fmt.Fprintf(out, "sales: %d, paid %d, %d.%02d CNY; given up %d, of which %d had been deducted and went back to their cards, %d.%02d CNY\n",
		total.sales, total.paid, total.sum/100, total.sum%100, total.givenUp, total.givenBack, total.back/100, total.back%100)
	if broken := found.broken(); len(broken) > 0 {
		return fmt.Errorf("%w: %s: %s", errBroken, strings.Join(broken, "; "), found[broken[0]])
	}
	return nil
}
