package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/chaos/powercut"
	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
)

// options say how a run is to be.
type options struct {
	programs  string // the folder of the victims
	store     string // bolt or postgres
	terminals int
	processes int // that the terminals are spread over
	sales     int // at least
	hits      int // of each fail point, at least
	share     float64
	seed      uint64
	most      time.Duration // of faults
	settling  time.Duration // until nothing may be unknown
	every     time.Duration // between two sales of a terminal, about
	scale     int           // by how much times are shortened
	refunds   int           // one after as many sales, about
	plain     bool          // the stores are on the machine's own disk
	broken    string        // the guard that is taken away, or ""
	out       io.Writer
}

// noSync is the guard that a disk takes away: fsync does nothing.
const noSync = "no-fsync"

// errBroken says that an invariant does not hold.
var errBroken = errors.New("an invariant is broken")

// errMissed says that a fail point was not hit often enough in the time given.
var errMissed = errors.New("fail points were not hit often enough")

// town is a run under way.
type town struct {
	options
	plan       *schedule
	dir        string
	relay      *relay
	sold       atomic.Int64
	settlement *machine
	bank       *process // the acquirer, nil without cards
	acquirer   string   // its address
	streets    []*machine
	closing    []func(context.Context) error
}

// run has one town sell under faults, and checks.
func run(ctx context.Context, o options) (err error) {
	began := time.Now()
	fmt.Fprintf(o.out, "chaos: store %s, seed %d, %d terminals in %d processes, %.1f%% of messages and lines, times 1:20\n",
		o.store, o.seed, o.terminals, o.processes, o.share*100)
	t := &town{options: o, plan: newSchedule(o.hits)}
	if t.dir, err = os.MkdirTemp("", "chaos"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close(context.WithoutCancel(ctx))) }()
	if err := t.open(ctx); err != nil {
		return err
	}
	if err := t.torment(ctx); errors.Is(err, errEnded) {
		return fmt.Errorf("%w: %s: %w", errBroken, invariantOpens, err)
	} else if err != nil {
		return err
	}
	tormented := time.Since(began)
	result, faults, err := t.settle(ctx)
	if err != nil {
		return err
	}
	for _, m := range t.machines() {
		if said := m.process.tail.String(); said != "" {
			fmt.Fprintf(o.out, "%s said:\n%s\n", m.name, said)
		}
	}
	t.report(result, faults, tormented, time.Since(began))
	if broken := result.findings.broken(); len(broken) > 0 {
		return fmt.Errorf("%w: %s", errBroken, strings.Join(broken, "; "))
	}
	if o.hits > 0 && !t.plan.satisfied() {
		return fmt.Errorf("%w within %v", errMissed, o.most)
	}
	return nil
}

// mount makes a disk for a machine, which is nil for a plain directory, and says
// where it is.
func (t *town) mount(name string) (*powercut.Disk, string, error) {
	point, backing := filepath.Join(t.dir, name), filepath.Join(t.dir, name+".backing")
	if err := os.MkdirAll(point, 0o755); err != nil {
		return nil, "", err
	}
	if err := os.Chmod(t.dir, 0o755); err != nil { // PostgreSQL's user must get through
		return nil, "", err
	}
	if t.plain {
		return nil, point, nil
	}
	d, err := powercut.Mount(backing, point, powercut.Options{Deaf: t.broken == noSync && name == "settlement"})
	if err != nil {
		return nil, "", err
	}
	t.closing = append(t.closing, d.Close)
	return d, point, nil
}

func (t *town) open(ctx context.Context) error {
	world, err := virtualrealm.NewWorld(t.terminals, time.Now())
	if err != nil {
		return err
	}
	if !t.plain {
		world.IssueCards()
	}
	if err := world.Write(t.worldFile()); err != nil {
		return err
	}
	if err := t.openBank(ctx); err != nil {
		return err
	}
	if t.relay, err = newRelay(t.seed, t.share); err != nil {
		return err
	}
	if err := t.openSettlement(ctx); err != nil {
		return err
	}
	for n := range t.processes {
		if err := t.openStreet(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (t *town) worldFile() string { return filepath.Join(t.dir, "world.json") }

// openBank starts the acquirer. It is the world outside: it misbehaves, and is
// never ended.
func (t *town) openBank(ctx context.Context) (err error) {
	if t.plain {
		return nil
	}
	t.bank, err = start(&t.sold, "acquirer", filepath.Join(t.programs, "settlementvictim"), "acquirer", "--world", t.worldFile(),
		"--faults", strconv.FormatFloat(t.share, 'f', -1, 64), "--seed", fmt.Sprint(t.seed))
	if err != nil {
		return err
	}
	t.closing = append(t.closing, func(context.Context) error { return t.bank.stop() })
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	ready, err := t.bank.until(ctx, victim.Ready)
	t.acquirer = ready.Address
	return err
}

func (t *town) openSettlement(ctx context.Context) error {
	d, point, err := t.mount("settlement")
	if err != nil {
		return err
	}
	args := []string{"serve", "--world", t.worldFile(), "--faults", strconv.FormatFloat(t.share, 'f', -1, 64)}
	if t.acquirer != "" {
		args = append(args, "--acquirer", t.acquirer)
	}
	if slices.Contains(settlementGuards, t.broken) {
		args = append(args, "--break", t.broken)
	}
	m := &machine{name: "settlement", plan: t.plan, power: disk{d}}
	switch t.store {
	case "bolt":
		args = append(args, "--data", filepath.Join(point, "data"))
	case "postgres":
		db, err := openDatabase(ctx, d, point, filepath.Join(t.dir, "settlement.backing", "live"), filepath.Join(t.programs, "settlementvictim"), t.plan)
		if err != nil {
			return err
		}
		t.closing = append(t.closing, db.close)
		args = append(args, "--postgres", db.url)
		m.power = db
	default:
		return fmt.Errorf("no store %q: bolt or postgres", t.store)
	}
	m.launch = func() (*process, error) {
		return start(&t.sold, m.name, filepath.Join(t.programs, "settlementvictim"), append(args, "--seed", fmt.Sprint(t.seed+uint64(m.starts)))...)
	}
	m.ready = func(_ *process, w victim.Word) { t.relay.target.Store(&w.Address) }
	t.settlement = m
	return m.boot(ctx)
}

// The guards that each kind of victim can do without.
var (
	settlementGuards = []string{"forgets-outcomes", "moves-twice"}
	terminalGuards   = []string{"acknowledges-before-sync", "never-reverses"}
)

func (t *town) openStreet(ctx context.Context, n int) error {
	name := fmt.Sprintf("terminals %d", n+1)
	d, point, err := t.mount(fmt.Sprintf("terminals%d", n+1))
	if err != nil {
		return err
	}
	args := []string{"--world", t.worldFile(), "--settlement", "https://" + t.relay.address(), "--data", filepath.Join(point, "data"),
		"--from", fmt.Sprint(n * t.terminals / t.processes), "--to", fmt.Sprint((n + 1) * t.terminals / t.processes), "--every", t.every.String(), "--scale", fmt.Sprint(t.scale), "--refunds", fmt.Sprint(t.refunds)}
	if slices.Contains(terminalGuards, t.broken) {
		args = append(args, "--break", t.broken)
	}
	m := &machine{name: name, plan: t.plan, power: disk{d}}
	m.launch = func() (*process, error) {
		return start(&t.sold, name, filepath.Join(t.programs, "terminalvictim"), append(args, "--seed", fmt.Sprint(t.seed+uint64(m.starts)))...)
	}
	m.ready = func(p *process, _ victim.Word) { p.tell(victim.Order{Do: "sell"}) }
	t.streets = append(t.streets, m)
	return m.boot(ctx)
}

func (t *town) machines() []*machine { return append([]*machine{t.settlement}, t.streets...) }

// torment lets everybody sell and ends processes until enough has happened.
func (t *town) torment(ctx context.Context) error {
	faults, stop := context.WithTimeout(ctx, t.most)
	defer stop()
	group, each := errgroup.WithContext(faults)
	for n, m := range t.machines() {
		random := rand.New(rand.NewPCG(t.seed, uint64(n)))
		group.Go(func() error { return m.torment(each, random) })
	}
	if db, ok := t.settlement.power.(*database); ok {
		random := rand.New(rand.NewPCG(t.seed, 1000))
		group.Go(func() error { return db.torment(each, random) })
	}
	group.Go(func() error {
		for victim.Pause(each, 100*time.Millisecond) {
			if t.sold.Load() >= int64(t.sales) && (t.hits == 0 || t.plan.satisfied()) {
				stop()
				return nil
			}
		}
		return nil
	})
	return group.Wait()
}

// settle ends all faults, waits until no sale is open any more, and compares.
func (t *town) settle(ctx context.Context) (outcome, map[string]int, error) {
	t.relay.heal()
	t.settlement.process.tell(victim.Order{Do: "heal"})
	if t.bank != nil {
		t.bank.tell(victim.Order{Do: "heal"})
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, m := range t.streets {
		m.process.tell(victim.Order{Do: "pause"})
	}
	for _, m := range t.streets {
		if _, err := m.process.until(ctx, "paused"); err != nil {
			return outcome{}, nil, err
		}
	}
	settled, stop := context.WithTimeout(ctx, t.settling)
	defer stop()
	for {
		open := 0
		for _, m := range t.streets {
			state, err := ask[victim.State](ctx, m.process, "state")
			if err != nil {
				return outcome{}, nil, err
			}
			open += state.Open
		}
		if open == 0 || !victim.Pause(settled, 50*time.Millisecond) {
			break // what is open still is for the comparison to find
		}
	}
	openCards, cards, err := t.cards(ctx, settled)
	if err != nil {
		return outcome{}, nil, err
	}
	b, err := ask[victim.Books](ctx, t.settlement.process, "books")
	if err != nil {
		return outcome{}, nil, err
	}
	var accounts []victim.Account
	for _, m := range t.streets {
		list, err := ask[[]victim.Account](ctx, m.process, "journals")
		if err != nil {
			return outcome{}, nil, err
		}
		accounts = append(accounts, list...)
	}
	return compare(b, cards, openCards, accounts), b.Faults, nil
}

// cards waits until nothing is to be heard of from the acquirer any more, and
// asks it for its books.
func (t *town) cards(ctx, settled context.Context) (open int, b victim.Charges, err error) {
	if t.bank == nil {
		return 0, b, nil
	}
	for {
		if open, err = ask[int](ctx, t.settlement.process, "cards"); err != nil {
			return open, b, err
		}
		if open == 0 || !victim.Pause(settled, 50*time.Millisecond) {
			break
		}
	}
	b, err = ask[victim.Charges](ctx, t.bank, "books")
	return open, b, err
}

func (t *town) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	var errs []error
	if t.settlement != nil {
		for _, m := range t.machines() {
			if m.process != nil {
				m.process.kill()
				m.process.gone()
			}
		}
	}
	if t.relay != nil {
		t.relay.close()
	}
	for _, done := range slices.Backward(t.closing) {
		errs = append(errs, done(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(t.dir))...)
}
